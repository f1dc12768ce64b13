import type { AuthenticationMethod } from '../../decision/decision.ts';
import type { RiskResponse, RoutePolicy } from '../../policy/rule.ts';
import type { Configuration } from '../schema/configuration-schema.ts';
import type { IdentityProvider, Route, RouteTarget } from '../snapshot.ts';
import { compileDenial, compileGrant, type RuleContext } from './compile-rules.ts';
import type { UpstreamTls } from './load-tls-files.ts';
import { compilePathPattern } from './path-pattern.ts';

export type RouteSettings = Configuration['routes'][number];

/** What a route needs from the rest of the configuration. */
export interface RouteContext extends RuleContext {
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
  return {
    index,
    name: route.name,
    title: route.title ?? route.name,
    description: route.description,
    at: context.positionOf(['routes', index]),
    origin: route.from.origin,
    host: route.from.hostname,
    match:
      route.path === undefined
        ? { kind: 'prefix', path: withoutEndSlash(route.prefix ?? '/') }
        : { kind: 'exact', path: route.path },
    target: compileTarget(route, tls),
    owner: route.owner,
    disclose: route.disclose,
    apiPaths: (route.clients?.api_paths ?? []).map(compilePathPattern),
    policy: compilePolicy(route, index, context),
    passIdentityHeaders: route.pass_identity_headers,
    setRequestHeaders: Object.entries(route.set_request_headers),
    removeRequestHeaders: removedHeaders(route),
    allowWebsockets: route.allow_websockets,
    corsOrigins: new Set(route.cors?.origins ?? []),
  };
}

/** By these an app may take another method than the one that was judged. */
const methodOverrides = ['x-http-method-override', 'x-http-method', 'x-method-override'] as const;

/** Where a rule asks for the method, the client may not rename it on the way (SECURITY.md 17: what is judged is forwarded). */
function removedHeaders(route: RouteSettings): ReadonlySet<string> {
  const hasMethodRule = [...route.allow, ...route.deny].some((rule) => rule.methods !== undefined);
  return new Set([...route.remove_request_headers, ...(hasMethodRule ? methodOverrides : [])]);
}

function compileTarget(route: RouteSettings, tls: UpstreamTls | undefined): RouteTarget {
  const listed = Array.isArray(route.to) ? route.to : [route.to];
  const urls = listed.flatMap((to) => (to.kind === 'url' ? [to.url] : []));
  if (urls.length === 0) return { kind: 'next' };
  return {
    kind: 'upstreams',
    urls,
    serverName: route.tls_upstream_server_name,
    ca: tls?.ca,
    clientCertificate: tls?.clientCertificate,
  };
}

function compilePolicy(route: RouteSettings, index: number, context: RouteContext): RoutePolicy {
  const grants = route.allow.map((grant, at) => compileGrant(grant, ['routes', index, 'allow', at], context));
  const denials = route.deny.map((denial, at) => compileDenial(denial, ['routes', index, 'deny', at], context));
  const postures = [...grants.map((grant) => grant.device), ...denials.map((denial) => denial.deviceFails)];
  return {
    route: route.name,
    isPublic: route.public,
    grants,
    denials,
    postures: [...new Set(postures.filter((posture) => posture !== undefined))],
    riskResponse: context.riskResponse,
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
