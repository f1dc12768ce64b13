import { conditionsOf } from './conditions/conditions-of-rule.ts';
import type { RoutePolicy } from './rule.ts';

const known = new WeakMap<RoutePolicy, readonly string[]>();

/** The claims that the rules of a route name, segments included: the only ones that a record of its decisions holds. */
export function claimsReadBy(policy: RoutePolicy): readonly string[] {
  const found = known.get(policy);
  if (found !== undefined) return found;
  const rules = [...policy.grants.flatMap((grant) => [grant, grant.segment?.keys]), ...policy.denials];
  const names = rules.flatMap((rule) =>
    rule === undefined ? [] : conditionsOf(rule).flatMap(({ condition, value }) => condition.claimsRead?.(value) ?? []),
  );
  const claims = Object.freeze([...new Set(names)]);
  known.set(policy, claims);
  return claims;
}
