import type { Denial } from '../../policy/rule.ts';
import type { Snapshot } from '../snapshot.ts';
import { isSameMeaning } from './same-meaning.ts';
import { routeKey } from './taken-paths.ts';
import { isNoNarrower } from './widened-rule.ts';

/**
 * What a route that rewrites may open because another route to the same app denies less than it did, or is gone from there
 * (security-rules.md 44). One that denies more, or is called otherwise, opens nothing. `undefined` is a step on the way.
 */
export function* openedBehindRewrites(candidate: Snapshot, running: Snapshot): Generator<string | undefined> {
  if (running.rewriteGuards === undefined) return;
  const own = new Map(candidate.routes.map((route) => [routeKey(route), route]));
  for (const old of running.routes) {
    const guards = running.rewriteGuards.get(old.index);
    const route = guards && own.get(routeKey(old));
    // One that is gone, or rewrites no more, is told of as a route.
    if (guards === undefined || route?.rewrite === undefined) continue;
    const others = candidate.rewriteGuards?.get(route.index) ?? [];
    for (const { policy } of guards) {
      yield undefined;
      // Of the same route alone: whom a percentage means depends on it.
      const denials = others.flatMap((other) => (other.policy.route === policy.route ? other.policy.denials : []));
      for (const denial of policy.denials)
        if (!isStillDenied(denial, denials))
          yield `${route.name}: ${policy.route}/${denial.id} denies no more what is rewritten`;
    }
  }
}

function isStillDenied(old: Denial, denials: readonly Denial[]): boolean {
  return denials.some((one) => isSameMeaning(one, old) || isNoNarrower(one, old));
}
