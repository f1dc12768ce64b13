import type { Condition } from './condition.ts';
import { type ConditionOfRule, conditionsOf } from './conditions/conditions-of-rule.ts';
import { riskLevelCondition } from './conditions/risk.ts';
import { notForServices } from './conditions/services.ts';
import { createRouteRunner, type RouteRunner } from './route-runner.ts';
import type { Denial, Grant, RiskResponse, RoutePolicy, SegmentRequirement } from './rule.ts';
import { type CompiledRule, compileRule } from './rule-outcome.ts';

function ownConditions(rule: SegmentRequirement['keys'] | Denial): readonly Condition[] {
  return conditionsOf(rule).map(({ condition, value }) => condition.conditionOf(value, rule.effect));
}

function grantConditions(grant: Grant, response: RiskResponse): readonly Condition[] {
  return [
    ...ownConditions(grant),
    ...(grant.risk === undefined ? [riskLevelCondition(response)] : []),
    ...segmentConditions(grant, ownConditions),
  ];
}

/** Conditions of their own beside the grant's, never merged with them: two that hold apart are as strict as both. */
function segmentConditions(
  { segment: required }: Grant,
  conditionsOfKeys: (keys: SegmentRequirement['keys']) => readonly Condition[],
): readonly Condition[] {
  if (required === undefined) return [];
  const segment = Object.freeze({ name: required.name, at: required.at });
  return conditionsOfKeys(required.keys).map((condition) => ({ ...condition, segment }));
}

function compile(policy: RoutePolicy): RouteRunner {
  const rules = [
    ...policy.grants.map((grant) => compileRule(grant, grantConditions(grant, policy.riskResponse))),
    ...policy.denials.map((denial) => compileRule(denial, ownConditions(denial))),
  ];
  return inFileOrder(policy, rules);
}

function inFileOrder(policy: RoutePolicy, rules: CompiledRule[]): RouteRunner {
  rules.sort((a, b) => a.rule.at.line - b.rule.at.line || a.rule.at.column - b.rule.at.column);
  return createRouteRunner(policy.route, rules);
}

/**
 * The same rules as services meet them: a grant that names no service is not for them, and the levels of risk, which are
 * people's, are not asked about. Kept apart, so that people's requests do not pay for it.
 */
function compileForServices(policy: RoutePolicy): RouteRunner {
  const rules = [
    ...policy.grants.map((grant) =>
      compileRule(grant, [
        ...conditionsForServices(grant),
        ...(grant.services === undefined ? [notForServices] : []),
        ...segmentConditions(grant, conditionsForServices),
      ]),
    ),
    ...policy.denials.map((denial) => compileRule(denial, conditionsForServices(denial))),
  ];
  return inFileOrder(policy, rules);
}

function conditionsForServices(rule: SegmentRequirement['keys'] | Denial): readonly Condition[] {
  return conditionsOf(rule).map((one) => {
    const condition = one.condition.conditionOf(one.value, rule.effect);
    return isKnownToMiss(one, rule.effect) ? { ...condition, check: missing } : condition;
  });
}

const missing: Condition['check'] = () => 'miss';

/** A service has nothing of a person, and that is known: a miss, not unknown. No score is kept of it, so no denial goes by one. */
function isKnownToMiss({ condition }: ConditionOfRule, effect: (Grant | Denial)['effect']): boolean {
  return condition.isOfPeople || (condition.key === 'risk' && effect === 'deny');
}

const preparedPolicies = new WeakMap<RoutePolicy, RouteRunner>();
const preparedForServices = new WeakMap<RoutePolicy, RouteRunner>();

/** Compiles a route's rules; the same policy object is compiled once. A snapshot is frozen, so this never goes stale. */
export function prepare(policy: RoutePolicy, caller: 'person' | 'service' = 'person'): RouteRunner {
  const prepared = caller === 'person' ? preparedPolicies : preparedForServices;
  const known = prepared.get(policy);
  if (known !== undefined) return known;
  const runner = caller === 'person' ? compile(policy) : compileForServices(policy);
  prepared.set(policy, runner);
  return runner;
}
