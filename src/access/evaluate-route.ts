import type { Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { Decision } from '../decision/decision.ts';
import type { Facts } from '../decision/facts.ts';
import { evaluate } from '../policy/evaluate.ts';
import { rewritePath } from './rewrite-path.ts';

/** Whose denials a request of this route has to pass beside its own, by the path that the app gets (security-rules.md 44). */
export function guardsOf({ rewriteGuards }: Snapshot, { index }: Route): readonly Route[] {
  return rewriteGuards?.get(index) ?? [];
}

/** How a request that is supposed, or was recorded, comes out at a route, with all that decides when one comes to the gateway. */
export function evaluateRoute(snapshot: Snapshot, route: Route, facts: Facts): Decision {
  const decision = evaluate(route.policy, facts);
  if (decision.outcome !== 'allow' || route.rewrite === undefined) return decision;
  const rewritten = rewritePath(route.rewrite, facts.request.path);
  if (rewritten.outcome === 'refused') return { outcome: 'deny', reason: 'request_malformed', trace: decision.trace };
  for (const path of rewritten.readings) {
    for (const { policy } of guardsOf(snapshot, route)) {
      const other = evaluate(policy, { ...facts, request: { ...facts.request, path } });
      if (other.outcome !== 'allow') return other;
    }
  }
  return decision;
}
