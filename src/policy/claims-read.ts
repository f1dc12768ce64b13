import type { ConditionOfRule } from './conditions/conditions-of-rule.ts';
import { conditionsOf } from './conditions/conditions-of-rule.ts';
import type { RoutePolicy } from './rule.ts';

const known = new WeakMap<RoutePolicy, readonly string[]>();

/** The claims that the rules of a route name, segments included: the only ones that a record of its decisions holds. */
export function claimsReadBy(policy: RoutePolicy): readonly string[] {
  const found = known.get(policy);
  if (found !== undefined) return found;
  const claims = namesIn(policy, ({ condition, value }) => condition.claimsRead?.(value));
  known.set(policy, claims);
  return claims;
}

/** The groups that the rules of a route name, segments included: the only ones that its app is told of, unless the route says otherwise. */
export function groupsNamedBy(policy: Pick<RoutePolicy, 'grants' | 'denials'>): readonly string[] {
  return namesIn(policy, ({ condition, value }) => condition.groupsNamed?.(value));
}

function namesIn(
  policy: Pick<RoutePolicy, 'grants' | 'denials'>,
  namesOf: (one: ConditionOfRule) => readonly string[] | undefined,
): readonly string[] {
  const rules = [...policy.grants.flatMap((grant) => [grant, grant.segment?.keys]), ...policy.denials];
  const names = rules.flatMap((rule) =>
    rule === undefined ? [] : conditionsOf(rule).flatMap((one) => namesOf(one) ?? []),
  );
  return Object.freeze([...new Set(names)]);
}
