import type { Route, RouteTable } from '../config/route.ts';
import type { CanonicalTarget } from '../http/canonical-target.ts';
import type { ClientKind } from '../http/client-kind.ts';
import { isOwnPort } from './arrival.ts';
import { type Received, type Refusal, type Routed, refusalOf } from './stages.ts';

/** Paths that belong to Postern on every host; no route can take them. */
export const ownPathPrefix = '/.postern/';

/**
 * Finds where a request goes: exact host, then longest prefix. An unknown host or path is a 404 without sign-in, in
 * the same words as a path that nobody serves: whether a route exists is not told (security-rules.md 18).
 */
export function route(received: Received): Routed | Refusal {
  const { snapshot, target, arrival } = received;
  // It could not be read for certain, so whether there is such a host is not told here either.
  if (target.otherReading !== undefined && !isKept(received))
    return { ...refusalOf(received, 'request_malformed', target.otherReading.detail), target: undefined };
  if (!isOwnPort(arrival.listener, target.port))
    return refusalOf(received, 'route_unknown', 'The Host header names another port.');
  if (target.host === snapshot.server.authHost) {
    return target.path === '/.postern/jwks.json'
      ? { outcome: 'own_path', received, path: target.path }
      : { outcome: 'sign_in_host', received };
  }
  if (!snapshot.routeTable.hasHost(target.host)) return refusalOf(received, 'route_unknown', 'No route has this host.');
  if (target.path.startsWith(ownPathPrefix)) return { outcome: 'own_path', received, path: target.path };
  const found = snapshot.routeTable.find(target.host, target.path);
  if (found === undefined) return refusalOf(received, 'route_unknown', 'No route of this host has this path.');
  if (received.sentOn !== undefined && found.crossSitePosts?.has(target.path) !== true)
    return refusalOf(received, 'route_unknown', 'No route takes posts of other sites at this path any more.');
  return { outcome: 'app', received, route: found, client: asConfigured(received.client, found, target.path) };
}

/** Slashes that could be read otherwise pass where a route's app takes them, and both readings lead there (security-rules.md 43). */
function isKept({ snapshot, target, arrival }: Received): boolean {
  const { otherReading } = target;
  if (otherReading === undefined || !isOwnPort(arrival.listener, target.port)) return false;
  if (target.path.startsWith(ownPathPrefix) || otherReading.path.startsWith(ownPathPrefix)) return false;
  const found = snapshot.routeTable.find(target.host, target.path);
  return found !== undefined && keepsReadings(snapshot.routeTable, found, target);
}

/** Whether a route takes a path whose slashes could be read otherwise; one that has a single reading it does. */
export function keepsReadings(
  table: RouteTable,
  found: Route,
  { host, otherReading }: Pick<CanonicalTarget, 'host' | 'otherReading'>,
): boolean {
  if (otherReading === undefined) return true;
  return found.keptSlashes.has(otherReading.because) && table.find(host, otherReading.path) === found;
}

/** Where nobody signs in, which origins may ask is the app's own to say: its preflight is a request like any other. */
function isOfTheApp(client: ClientKind, { policy, corsOrigins }: Route): boolean {
  return client === 'preflight' && policy.isPublic && corsOrigins.size === 0;
}

/** A path that the admin named as an API gets an API's answers whatever the browser sends. */
function asConfigured(asked: ClientKind, found: Route, path: string): ClientKind {
  const client = isOfTheApp(asked, found) ? 'api' : asked;
  if (found.apiPaths.length === 0) return client;
  switch (client) {
    case 'websocket':
    case 'grpc':
    case 'preflight':
      return client;
    default:
      return found.apiPaths.some((pattern) => pattern.matches(path)) ? 'api' : client;
  }
}
