import type { Route, RouteMatch } from '../route.ts';

/** A route as the table tells it from others. */
export function routeKey({ name, host, match }: Pick<Route, 'name' | 'host' | 'match'>): string {
  return `${name}\n${host}\n${match.kind}\n${match.kind === 'regex' ? match.pattern.source : match.path}`;
}

/** Whether requests that one route takes may be another's once the first is gone from their host. */
export function couldTakeOver(other: RouteMatch, gone: RouteMatch): boolean {
  if (other.kind === 'regex') return true;
  // An exact path and a prefix come before every expression, with it and without it.
  if (gone.kind === 'regex') return false;
  if (other.kind === 'exact') return gone.kind === 'prefix' && isBelow(other.path, gone.path);
  return isBelow(gone.path, other.path);
}

function isBelow(path: string, prefix: string): boolean {
  const [low, base] = [path.toLowerCase(), prefix.toLowerCase()];
  return base === '/' || low === base || low.startsWith(base.endsWith('/') ? base : `${base}/`);
}

/** The expressions of each host in the order in which they are asked, of those routes that `isCounted` names. */
export function expressionOrder(
  routes: readonly Route[],
  isCounted: (key: string) => boolean,
): ReadonlyMap<string, readonly string[]> {
  const orders = new Map<string, string[]>();
  for (const route of routes) {
    if (route.match.kind !== 'regex') continue;
    const key = routeKey(route);
    if (!isCounted(key)) continue;
    const known = orders.get(route.host);
    if (known === undefined) orders.set(route.host, [key]);
    else known.push(key);
  }
  return orders;
}
