import type { KeyPath } from '../problem.ts';
import type { RouteDraft } from '../schema/configuration-schema.ts';
import { type CheckContext, upstreamsAsWritten } from './check-context.ts';

/** Asked one after the other on each request of a route that rewrites. */
const mostGuards = 100;

/** What is taken away stands at the start of every path of the route, and not too many denials wait for what is left. */
export function checkRewrite(
  { reporter }: Pick<CheckContext, 'reporter'>,
  route: RouteDraft,
  path: KeyPath,
  denyingByUpstream: ReadonlyMap<string, number>,
): void {
  const { rewrite } = route;
  if (rewrite === undefined) return;
  const place = [...path, 'rewrite'];
  const strip = rewrite.strip_prefix === undefined ? undefined : normalPrefix(rewrite.strip_prefix);
  if (strip === undefined && rewrite.prefix === undefined && !reporter.hasError(place)) {
    reporter.report(place, 'P007', '"rewrite" needs strip_prefix, prefix or both', {
      help: 'add strip_prefix: /grafana',
    });
  }
  const all = route.path ?? normalPrefix(route.prefix ?? '/');
  if (strip !== undefined && (route.regex !== undefined || !`${all}/`.startsWith(strip === '/' ? '/' : `${strip}/`))) {
    reporter.report([...place, 'strip_prefix'], 'P045', `not every path of the route begins with ${strip}`, {
      help: `add prefix: ${strip} to the route`,
    });
  }
  const listed = upstreamsAsWritten(route);
  const most = Math.max(0, ...listed.map((to) => denyingByUpstream.get(to ?? '') ?? 0));
  if (most > mostGuards) {
    reporter.report(place, 'P045', `${most} routes with denials lead to the same app; ${mostGuards} is the most`, {
      help: 'give this route an upstream of its own, or the others fewer routes with deny',
    });
  }
}

/** How many routes with denials lead to each upstream, as it is written. */
export function countDenying(routes: readonly (RouteDraft | undefined)[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const route of routes) {
    if (route?.deny === undefined || route.deny.length === 0) continue;
    const listed = upstreamsAsWritten(route);
    for (const to of new Set(listed)) if (to !== undefined) counts.set(to, (counts.get(to) ?? 0) + 1);
  }
  return counts;
}

/** Keys that say how an app is reached, or what it gets. */
const keysOfApps = [
  'tls_upstream_server_name',
  'tls_custom_ca_file',
  'tls_client_cert_file',
  'tls_client_key_file',
  'allow_plaintext_upstream',
  'upstream',
  'pass_identity_headers',
  'identity',
  'set_request_headers',
  'remove_request_headers',
  'set_response_headers',
  'remove_response_headers',
  'rewrite',
  'health_check',
  'allow_websockets',
  'websocket',
] as const;

/** Where requests go is said once; a route without an app has nothing that is about one. */
export function checkTarget({ reporter }: CheckContext, route: RouteDraft, path: KeyPath): void {
  const given = (['to', 'redirect', 'respond'] as const).filter(
    (key) => route[key] !== undefined || reporter.hasError([...path, key]),
  );
  const [first, second] = given;
  if (first === undefined) {
    reporter.report(path, 'P007', `the route "${route.name ?? ''}" needs the key "to"`, {
      help: 'add to: https://10.20.0.5:8443, or redirect or respond where there is no app',
      on: 'key',
    });
  } else if (second !== undefined) {
    reporter.report([...path, second], 'P045', `a route has either "${first}" or "${second}"`, {
      help: 'remove one of them',
      on: 'key',
    });
  }
  checkRespond({ reporter }, route, path);
  if (route.to === 'next') {
    for (const key of [
      'set_response_headers',
      'remove_response_headers',
      'rewrite',
      'health_check',
      'upstream',
    ] as const) {
      if (route[key] === undefined) continue;
      reporter.report([...path, key], 'P045', `"${key}" has no meaning beside "to: next"`, {
        help: 'let the Express app do it',
        on: 'key',
      });
    }
  }
  if (first === undefined || first === 'to') return;
  for (const key of keysOfApps) {
    if (route[key] === undefined) continue;
    reporter.report([...path, key], 'P045', `"${key}" has no meaning beside "${first}": there is no app`, {
      help: 'remove it',
      on: 'key',
    });
  }
  checkRedirect({ reporter }, route, path);
}

function checkRespond({ reporter }: Pick<CheckContext, 'reporter'>, { respond }: RouteDraft, path: KeyPath): void {
  const [first, second] = (['text', 'html', 'json'] as const).filter((key) => respond?.[key] !== undefined);
  const status = respond?.status ?? 200;
  if (second !== undefined) {
    reporter.report([...path, 'respond', second], 'P045', `an answer has either "${first}" or "${second}"`, {
      help: 'remove one of them',
      on: 'key',
    });
  } else if (first !== undefined && (status === 204 || status === 205 || status === 304)) {
    reporter.report([...path, 'respond', first], 'P045', `an answer with status ${status} has no body`, {
      help: 'remove it, or take another status',
      on: 'key',
    });
  }
  if (respond?.json === undefined) return;
  try {
    JSON.parse(respond.json);
  } catch {
    reporter.report([...path, 'respond', 'json'], 'P010', 'it is not JSON', {
      help: `write for example '{"ok": true}'`,
    });
  }
}

/** Where a redirect leads: whoever is led to where they are goes in a circle. */
function checkRedirect({ reporter }: Pick<CheckContext, 'reporter'>, route: RouteDraft, path: KeyPath): void {
  const { redirect, from } = route;
  if (redirect?.to === undefined || from === undefined || !URL.canParse(redirect.to) || !URL.canParse(from)) return;
  const to = new URL(redirect.to);
  if (redirect.keep_path === true && (to.search !== '' || to.hash !== '')) {
    reporter.report([...path, 'redirect', 'to'], 'P045', 'a path cannot come behind a query', {
      help: 'end the address with its path, or remove keep_path',
    });
  }
  if (to.host !== new URL(from).host) return;
  const under = route.path ?? normalPrefix(route.prefix ?? '/');
  const isUnder =
    route.path === undefined ? `${to.pathname}/`.startsWith(under === '/' ? '/' : `${under}/`) : to.pathname === under;
  if (route.regex !== undefined || !isUnder) return;
  reporter.report([...path, 'redirect', 'to'], 'P045', 'it leads back to the route itself', {
    help: 'name another address, or narrow the route with path or prefix',
  });
}

/** A prefix as paths begin with it: without a slash at its end. */
export function normalPrefix(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
}
