import type { AuthenticationMethod } from '../../decision/decision.ts';
import type { RuleContext } from '../../policy/conditions/condition-words.ts';
import { conditionsOf } from '../../policy/conditions/conditions-of-rule.ts';
import type { Grant, RiskResponse, RoutePolicy } from '../../policy/rule.ts';
import type {
  HealthCheck,
  OwnAnswer,
  PathRewrite,
  ResponseHeaderChanges,
  Route,
  RouteMatch,
  RouteTarget,
  SentHost,
} from '../route.ts';
import type { Configuration } from '../schema/configuration-schema.ts';
import type { IdentityProvider, Segment } from '../snapshot.ts';
import { plainHeaderName } from '../values/header.ts';
import type { LocalText } from '../values/local-text.ts';
import { scaleResponse } from './compile-risk.ts';
import { compileDenial, compileGrant } from './compile-rules.ts';
import { compileToldIdentity, plainSetHeaders, toldHeaderNames } from './compile-told-identity.ts';
import type { Pictures } from './load-pictures.ts';
import type { UpstreamTls } from './load-tls-files.ts';
import { compilePathExpression } from './path-entry.ts';
import { compilePathPattern } from './path-pattern.ts';

export type RouteSettings = Configuration['routes'][number];

/** What a route needs from the rest of the configuration. */
export interface RouteContext extends RuleContext {
  readonly pictures: Pictures;
  readonly segments: ReadonlyMap<string, Segment>;
  readonly riskResponse: RiskResponse;
  readonly stepUpMethods: readonly AuthenticationMethod[];
}

/** Compiles one route. */
export function compileRoute(
  route: RouteSettings,
  index: number,
  tls: UpstreamTls | undefined,
  context: RouteContext,
): Route {
  const segment = route.segment === undefined ? undefined : context.segments.get(route.segment);
  const policy = compilePolicy(route, index, context, segment);
  return {
    index,
    name: route.name,
    title: textOf(route.title) ?? route.name,
    description: textOf(route.description),
    group: textOf(route.group),
    icon: route.icon === undefined ? undefined : context.pictures.get(route.icon),
    at: context.positionOf(['routes', index]),
    origin: route.from.origin,
    host: route.from.hostname,
    match: compileMatch(route),
    target: compileTarget(route, tls, segment),
    rewrite: compileRewrite(route),
    healthCheck: compileHealthCheck(route),
    owner: route.owner,
    disclose: route.disclose,
    apiPaths: (route.clients?.api_paths ?? []).map(compilePathPattern),
    policy,
    identity: compileToldIdentity(route, policy),
    setRequestHeaders: plainSetHeaders(route),
    removeRequestHeaders: removedHeaders(route, segment),
    limits: compileLimits(route),
    tellsAllForwarded: route.upstream.forwarded_headers === 'all',
    responseHeaders: compileResponseHeaders(route),
    keptSlashes: new Set((['encoded_slashes', 'doubled_slashes'] as const).filter((key) => route[key] === 'keep')),
    hasServiceWorker: route.service_worker,
    crossSitePosts: route.cross_site_posts && new Set(route.cross_site_posts),
    allowWebsockets: route.allow_websockets,
    websocketDeny: route.websocket.deny,
    corsOrigins: new Set(route.cors?.origins.filter((origin) => origin !== '*') ?? []),
    isReadableByAll: route.cors?.origins.includes('*') === true,
  };
}

/** A text for people; one in no language is none. */
export function textOf(text: LocalText | undefined): LocalText | undefined {
  return typeof text === 'object' && Object.keys(text).length === 0 ? undefined : text;
}

function compileMatch({ path, regex, prefix = '/' }: RouteSettings): RouteMatch {
  if (path !== undefined) return { kind: 'exact', path };
  if (regex !== undefined) return { kind: 'regex', pattern: compilePathExpression(regex) };
  return { kind: 'prefix', path: withoutEndSlash(prefix) };
}

/** By these an app may take another method than the one that was judged. */
const methodOverrides = ['x-http-method-override', 'x-http-method', 'x-method-override'] as const;

/** Where a rule asks for the method, the client may not rename it on the way (security-rules.md 17: what is judged is forwarded). */
function removedHeaders(route: RouteSettings, segment: Segment | undefined): ReadonlySet<string> {
  const rules = [...route.allow, ...route.deny, segment?.requirement?.keys];
  const hasMethodRule = rules.some((rule) => rule?.methods !== undefined);
  const named = route.remove_request_headers.flatMap((name) => [name, plainHeaderName(name)]);
  return new Set([...named, ...toldHeaderNames(route), ...(hasMethodRule ? methodOverrides : [])]);
}

function compileTarget(route: RouteSettings, tls: UpstreamTls | undefined, segment: Segment | undefined): RouteTarget {
  const { redirect, respond } = route;
  if (redirect !== undefined) {
    return { kind: 'redirect', status: redirect.status, location: redirect.to, keepsPath: redirect.keep_path };
  }
  if (respond !== undefined) return { kind: 'respond', answer: compileOwnAnswer(respond) };
  const listed = Array.isArray(route.to) ? route.to : [route.to];
  const urls = listed.flatMap((to) => (to?.kind === 'url' ? [to.url] : []));
  if (urls.length === 0) return { kind: 'next' };
  return {
    kind: 'upstreams',
    urls,
    serverName: route.tls_upstream_server_name,
    ca: tls?.ca,
    clientCertificate: tls?.clientCertificate,
    headerBytes: route.upstream.header_bytes,
    hostHeader: compileSentHost(route.upstream.host_header),
    ...(segment === undefined ? {} : { segment: { name: segment.name, networks: segment.networks } }),
  };
}

function compileHealthCheck({ health_check: check }: RouteSettings): HealthCheck | undefined {
  return check && { path: check.path, intervalMs: check.interval, timeoutMs: check.timeout };
}

function compileRewrite({ rewrite }: RouteSettings): PathRewrite | undefined {
  if (rewrite === undefined) return undefined;
  const plain = (path: string | undefined): string => path?.replace(/\/$/, '') ?? '';
  return { strip: plain(rewrite.strip_prefix), add: plain(rewrite.prefix) };
}

function compileSentHost(text: string): SentHost {
  return text === 'client' || text === 'upstream' ? { kind: text } : { kind: 'text', host: text };
}

/** `undefined` where the route has none of its own, so that nothing has to be put together for a request. */
function compileLimits({ upstream }: RouteSettings): Route['limits'] {
  const { timeout, body_bytes: bodyBytes } = upstream;
  if (timeout === undefined && bodyBytes === undefined) return undefined;
  return {
    ...(timeout === undefined ? {} : { requestTimeoutMs: timeout }),
    ...(bodyBytes === undefined ? {} : { bodyBytes }),
  };
}

function compileOwnAnswer({
  status,
  text,
  html,
  json,
  retry_after: retryAfterMs,
}: NonNullable<RouteSettings['respond']>): OwnAnswer {
  const retryAfterSeconds = retryAfterMs === undefined ? undefined : retryAfterMs / 1000;
  if (html !== undefined) return { status, contentType: 'text/html; charset=utf-8', body: html, retryAfterSeconds };
  if (json !== undefined) return { status, contentType: 'application/json', body: json, retryAfterSeconds };
  const contentType = text === undefined ? undefined : 'text/plain; charset=utf-8';
  return { status, contentType, body: text ?? '', retryAfterSeconds };
}

function compileResponseHeaders(route: RouteSettings): ResponseHeaderChanges | undefined {
  const { set_response_headers: set, remove_response_headers: removed } = route;
  const names = Object.keys(set);
  const innerHosts = route.upstream.rewrite_location ? innerHostsOf(route) : undefined;
  if (names.length + removed.length === 0 && innerHosts === undefined) return undefined;
  return { remove: new Set([...names, ...removed]), set: Object.entries(set).flat(), innerHosts };
}

/** As an app may call itself: by the host that it is dialled at, or by the one that it is told. */
function innerHostsOf({ to, upstream }: RouteSettings): ReadonlySet<string> {
  const listed = Array.isArray(to) ? to : [to];
  const hosts = listed.flatMap((one) => (one?.kind === 'url' ? [one.url.host, one.url.hostname] : []));
  const { host_header: told } = upstream;
  return new Set(told === 'client' || told === 'upstream' ? hosts : [...hosts, told, told.replace(/:[0-9]+$/, '')]);
}

function compilePolicy(
  route: RouteSettings,
  index: number,
  context: RouteContext,
  segment: Segment | undefined,
): RoutePolicy {
  const required = segment?.requirement;
  const grants = route.allow.flatMap((settings, at): Grant | readonly [] => {
    if (settings.mode === 'off') return [];
    const grant = compileGrant(settings, ['routes', index, 'allow', at], context);
    return required === undefined ? grant : { ...grant, segment: required };
  });
  const denials = route.deny.flatMap((denial, at) =>
    denial.mode === 'off' ? [] : compileDenial(denial, ['routes', index, 'deny', at], context),
  );
  const rules = [...grants, ...(required === undefined ? [] : [required.keys]), ...denials];
  const postures = rules.flatMap((rule) =>
    conditionsOf(rule).flatMap(({ condition, value }) => condition.postureRead?.(value) ?? []),
  );
  return {
    route: route.name,
    isPublic: route.public,
    grants,
    denials,
    rulesOff: [...route.allow, ...route.deny].filter(({ mode }) => mode === 'off').length,
    postures: [...new Set(postures)],
    riskResponse: scaleResponse(context.riskResponse, route.sensitivity),
    stepUpMethods: context.stepUpMethods,
  };
}

function withoutEndSlash(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
}

/** What the providers can prove in a step-up: second factors where there is any, else the password again. */
export function stepUpMethodsOf(providers: Iterable<IdentityProvider>): readonly AuthenticationMethod[] {
  const provable = new Set([...providers].flatMap((provider) => Object.keys(provider.factors)));
  const second = (['passkey', 'otp'] as const).filter((method) => provable.has(method));
  if (second.length > 0) return second;
  return provable.has('password') ? ['password'] : [];
}
