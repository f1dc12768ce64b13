import { routeKey } from '../openings/taken-paths.ts';
import type { Route } from '../route.ts';
import type { Snapshot } from '../snapshot.ts';

/** A route whose expression is asked after another one than before. */
export interface OrderChange {
  readonly route: Route;
  /** The route that is asked right before it; `undefined`: it is asked first. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * Routes with expressions that stand in another order: of two that fit a path, the first takes it, so that changing places
 * opens and closes although no word differs. Those that only one configuration has are no matter of order.
 */
export function diffOrder(before: Snapshot, after: Snapshot): readonly OrderChange[] {
  const [old, now] = [expressionsOf(before), expressionsOf(after)];
  const [oldKeys, nowKeys] = [keysOf(old), keysOf(now)];
  const precededBefore = predecessors(old, nowKeys);
  const precededNow = predecessors(now, oldKeys);
  return now.flatMap((route): readonly OrderChange[] => {
    const key = routeKey(route);
    if (!oldKeys.has(key) || precededBefore.get(key) === precededNow.get(key)) return [];
    return [{ route, before: precededBefore.get(key), after: precededNow.get(key) }];
  });
}

function expressionsOf({ routes }: Snapshot): readonly Route[] {
  return routes.filter(({ match }) => match.kind === 'regex');
}

function keysOf(routes: readonly Route[]): ReadonlySet<string> {
  return new Set(routes.map(routeKey));
}

/** By key, the name of the route before it on its host, of those that both have. */
function predecessors(routes: readonly Route[], both: ReadonlySet<string>): ReadonlyMap<string, string | undefined> {
  const last = new Map<string, string>();
  const found = new Map<string, string | undefined>();
  for (const route of routes) {
    const key = routeKey(route);
    if (!both.has(key)) continue;
    found.set(key, last.get(route.host));
    last.set(route.host, route.name);
  }
  return found;
}
