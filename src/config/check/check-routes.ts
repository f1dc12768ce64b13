import { canonicalDomain } from '../../policy/canonical-email.ts';
import type { KeyPath } from '../problem.ts';
import type { RouteDraft } from '../schema/configuration-schema.ts';
import { parseDuration } from '../values/duration.ts';
import { plainHeaderName } from '../values/header.ts';
import { parseRouteOrigin } from '../values/web-address.ts';
import { type CheckContext, definedAt, upstreamsAsWritten } from './check-context.ts';
import { checkModes } from './check-modes.ts';
import { checkRewrite, checkTarget, countDenying, normalPrefix } from './check-targets.ts';

/** Rules between the keys of a route, and between routes. */
export function checkRoutes(context: CheckContext): void {
  const taken = new Map<string, KeyPath>();
  const denyingByUpstream = countDenying(context.draft.routes ?? []);
  for (const [index, route] of (context.draft.routes ?? []).entries()) {
    if (route === undefined) continue;
    const path = ['routes', index];
    checkPlace(context, route, path, taken);
    checkTarget(context, route, path);
    checkRewrite(context, route, path, denyingByUpstream);
    checkUpstreams(context, route, path);
    checkWebsocket(context, route, path);
    checkToldHeaders(context, route, path);
    checkAssertion(context, route, path);
    checkCors(context, route, path);
    checkCrossSitePosts(context, route, path);
    checkRules(context, route, path);
    checkModes(context, route, path);
  }
}

/** What is worth more is not to be had for longer after a revocation (security-rules.md 56). */
const longestOfHighSensitivityMs = 60_000;

function checkAssertion({ reporter }: CheckContext, { identity, sensitivity }: RouteDraft, path: KeyPath): void {
  if (sensitivity !== 'high' || identity?.assertion_lifetime === undefined) return;
  const lifetime = parseDuration(identity.assertion_lifetime, 0, Number.MAX_SAFE_INTEGER);
  if (!lifetime.ok || lifetime.value <= longestOfHighSensitivityMs) return;
  reporter.report(
    [...path, 'identity', 'assertion_lifetime'],
    'P045',
    'an assertion of a route with "sensitivity: high" is valid for 1m at most',
    { help: 'make it 1m, or take another sensitivity' },
  );
}

function checkPlace(
  { draft, reporter }: CheckContext,
  route: RouteDraft,
  path: KeyPath,
  taken: Map<string, KeyPath>,
): void {
  const [first, second] = (['prefix', 'path', 'regex'] as const).filter((key) => route[key] !== undefined);
  if (first !== undefined && second !== undefined) {
    reporter.report([...path, second], 'P045', `a route has either "${first}" or "${second}"`, {
      help: 'remove one of them',
      on: 'key',
    });
    return;
  }
  const origin = route.from === undefined ? undefined : parseRouteOrigin(route.from);
  if (origin?.ok !== true) return;
  const host = origin.value.hostname;
  const authHost = draft.server?.auth_host;
  if (authHost !== undefined && canonicalDomain(authHost) === host) {
    reporter.report([...path, 'from'], 'P027', `the host "${host}" is server.auth_host`, {
      help: 'give the app a host of its own',
    });
  }
  if ((['prefix', 'path', 'regex'] as const).some((key) => reporter.hasError([...path, key]))) return;
  const where = placeOf(route);
  const placeKey = `${host} ${where}`;
  const earlier = taken.get(placeKey);
  if (earlier === undefined) {
    taken.set(placeKey, path);
    return;
  }
  reporter.report([...path, 'from'], 'P023', `another route has the same host and ${where}`, {
    help: `the other one is at ${definedAt(reporter, [...earlier, 'from'])}; merge them, or change prefix or path`,
  });
}

function placeOf({ path, regex, prefix = '/' }: RouteDraft): string {
  if (path !== undefined) return `path ${path}`;
  return regex === undefined ? `prefix ${normalPrefix(prefix)}` : `regex ${regex}`;
}

function checkUpstreams({ reporter, shape }: CheckContext, route: RouteDraft, path: KeyPath): void {
  const listed = upstreamsAsWritten(route);
  const pathAt = (index: number) => (typeof route.to === 'string' ? [...path, 'to'] : [...path, 'to', index]);
  for (const [index, to] of listed.entries()) {
    if (to === 'next') {
      if (shape === 'server')
        reporter.report(pathAt(index), 'P011', '"to: next" works only in the package, inside an Express app', {
          help: 'write the URL of the upstream',
        });
      else if (listed.length > 1)
        reporter.report(pathAt(index), 'P045', '"next" stands alone', { help: 'write to: next' });
    } else if (to !== undefined && /^http:/i.test(to)) {
      if (route.allow_plaintext_upstream === true) {
        reporter.report(
          pathAt(index),
          'P104',
          'upstream is plain http; fine on a private network, otherwise use https',
        );
      } else if (!reporter.hasError([...path, 'allow_plaintext_upstream'])) {
        reporter.report(pathAt(index), 'P028', 'the upstream is plain http', {
          help: 'use https, or add allow_plaintext_upstream: true',
        });
      }
    }
  }
  checkTlsKeys({ reporter }, route, path, listed);
}

function checkWebsocket({ reporter }: CheckContext, route: RouteDraft, path: KeyPath): void {
  if (route.websocket === undefined || route.allow_websockets === true) return;
  if (reporter.hasError([...path, 'allow_websockets'])) return;
  reporter.report([...path, 'websocket'], 'P045', '"websocket" has no meaning without allow_websockets', {
    help: 'add allow_websockets: true, or remove it',
    on: 'key',
  });
}

/** Where nobody signs in, a post passes as it comes; an Express app reads its own requests. */
function checkCrossSitePosts({ reporter }: CheckContext, route: RouteDraft, path: KeyPath): void {
  if (route.cross_site_posts === undefined) return;
  const listed = upstreamsAsWritten(route);
  const why = route.public === true ? 'on a public route' : listed.includes('next') ? 'with to: next' : undefined;
  if (why === undefined) return;
  reporter.report([...path, 'cross_site_posts'], 'P045', `"cross_site_posts" has no meaning ${why}`, {
    help: 'remove it',
    on: 'key',
  });
}

/** With a person's credential every origin is named: any page that they visit would act as them. */
function checkCors({ reporter }: CheckContext, route: RouteDraft, path: KeyPath): void {
  const origins = route.cors?.origins ?? [];
  const index = origins.indexOf('*');
  if (index === -1) return;
  const place = [...path, 'cors', 'origins', index];
  if (route.public !== true)
    reporter.report(place, 'P045', '"*" would let any page act as the person', {
      help: 'name the origins, or make the route public',
    });
  else if (origins.length > 1) reporter.report(place, 'P045', '"*" stands alone', { help: 'write origins: ["*"]' });
}

/** One name has one meaning for the app, however it is spelled. */
function checkToldHeaders({ reporter }: CheckContext, route: RouteDraft, path: KeyPath): void {
  const taken = new Map<string, string>();
  for (const name of Object.keys(route.set_request_headers ?? {}))
    taken.set(plainHeaderName(name), 'set_request_headers');
  for (const [fact, name] of Object.entries(route.identity?.headers ?? {})) {
    if (typeof name !== 'string') continue;
    const place = [...path, 'identity', 'headers', fact];
    const earlier = taken.get(plainHeaderName(name));
    if (earlier !== undefined && !reporter.hasError(place)) {
      reporter.report(place, 'P045', `the header "${name}" is set by ${earlier} already`, {
        help: 'give each its own name',
      });
    }
    taken.set(plainHeaderName(name), `identity.headers.${fact}`);
  }
}

function checkTlsKeys(
  { reporter }: Pick<CheckContext, 'reporter'>,
  route: RouteDraft,
  path: KeyPath,
  listed: readonly (string | undefined)[],
): void {
  const pairs = [
    ['tls_client_cert_file', 'tls_client_key_file'],
    ['tls_client_key_file', 'tls_client_cert_file'],
  ] as const;
  for (const [key, other] of pairs) {
    if (route[key] !== undefined && route[other] === undefined && !reporter.hasError([...path, other])) {
      reporter.report([...path, key], 'P045', `"${key}" needs "${other}" beside it`, {
        help: `add ${other}:`,
        on: 'key',
      });
    }
  }
  if (route.redirect !== undefined || route.respond !== undefined) return;
  const usesTls = listed.length === 0 || listed.some((to) => to === undefined || /^https:/i.test(to));
  if (usesTls) return;
  for (const key of [
    'tls_upstream_server_name',
    'tls_custom_ca_file',
    'tls_client_cert_file',
    'tls_client_key_file',
  ] as const) {
    if (route[key] === undefined) continue;
    reporter.report([...path, key], 'P045', `"${key}" has no meaning without an https upstream`, {
      help: 'remove it, or use https',
      on: 'key',
    });
  }
}

function checkRules({ reporter }: CheckContext, route: RouteDraft, path: KeyPath): void {
  const grants = route.allow?.length ?? 0;
  const acting = (route.allow ?? []).filter((grant) => grant?.mode !== 'off' && grant?.mode !== 'report_only').length;
  const hasBrokenRules = reporter.hasError([...path, 'allow']) || reporter.hasError([...path, 'public']);
  if (route.public === true && grants > 0) {
    reporter.report([...path, 'allow'], 'P102', 'the route is public, so its grants are not looked at', {
      help: 'remove allow, or public: true',
      on: 'key',
    });
  } else if (route.public !== true && acting === 0 && !hasBrokenRules) {
    const why = grants === 0 ? 'it has no allow rule' : 'none of its allow rules acts';
    reporter.report(path, 'P101', `the route "${route.name ?? ''}" denies everyone: ${why}`, {
      help: grants === 0 ? 'add an allow rule, or public: true' : 'give one of them mode: enforce or partial',
    });
  }
}
