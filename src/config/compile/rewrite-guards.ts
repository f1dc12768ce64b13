import type { Route } from '../route.ts';

/**
 * The denials that a rewritten path has to pass, by the index of the route that rewrites: those of every route that leads to
 * one of its upstreams, itself among them (security-rules.md 44). `undefined` where no route rewrites.
 */
export function findRewriteGuards(routes: readonly Route[]): ReadonlyMap<number, readonly Route[]> | undefined {
  const rewriting = routes.filter(({ rewrite }) => rewrite !== undefined);
  if (rewriting.length === 0) return undefined;
  const denying = new Map<string, Route[]>();
  for (const route of routes) {
    if (route.policy.denials.length === 0) continue;
    for (const origin of originsOf(route)) {
      const known = denying.get(origin);
      if (known === undefined) denying.set(origin, [route]);
      else known.push(route);
    }
  }
  const guards = new Map<number, readonly Route[]>();
  for (const route of rewriting) {
    const found = new Set([...originsOf(route)].flatMap((origin) => denying.get(origin) ?? []));
    if (found.size > 0)
      guards.set(
        route.index,
        [...found].map((other) => guardOf(route, other)),
      );
  }
  return guards;
}

function originsOf({ target }: Route): ReadonlySet<string> {
  return new Set(target.kind === 'upstreams' ? target.urls.map(({ origin }) => origin) : []);
}

/** Denies what the other route denies, and has nothing else of it: no grants to be met, and none of its locks. */
function guardOf(route: Route, other: Route): Route {
  return { ...other, name: route.name, policy: { ...other.policy, isPublic: true, grants: [] } };
}
