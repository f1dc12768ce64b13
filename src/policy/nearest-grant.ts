import type { ConditionKey, Deny, RuleResult } from '../decision/decision.ts';
import type { Facts } from '../decision/facts.ts';
import type { Obstacle } from './conditions/condition-descriptor.ts';
import { grantCondition, valuesOf } from './conditions/conditions-of-rule.ts';
import { isEnding, responseTo } from './risk-response.ts';
import type { RoutePolicy } from './rule.ts';
import type { GrantOutcome } from './rule-outcome.ts';

type DenyReason = Deny['reason'];

/**
 * How hard each obstacle is to get over, easiest first: what the person can mend (the device), what waiting or moving
 * mends (our store of facts, the network, risk), another account, another request, and last a place on the list, which
 * only the owner gives. `auth` comes to bear only beside another obstacle, and is never the one to name.
 */
const order: readonly DenyReason[] = [
  'device_not_compliant',
  'posture_stale',
  'device_unknown',
  'posture_unavailable',
  'network_not_allowed',
  'outside_hours',
  'risk_too_high',
  'step_up_not_met',
  'wrong_account',
  'method_not_granted',
  'path_not_granted',
  'condition_not_met',
  'not_in_required_group',
];

/**
 * The no when no grant opens and no step-up would. A grant is as far away as its hardest obstacle, since mending the
 * others alone opens nothing; the nearest grant's hardest obstacle is the reason. Equal grants: fewer obstacles, then
 * file order. Before that: risk that must end the session, and an error that decided (security-rules.md 14).
 */
export function nearestGrant(
  grants: readonly GrantOutcome[],
  facts: Facts,
  policy: RoutePolicy,
  trace: readonly RuleResult[],
): Deny {
  const { risk } = facts;
  if (risk !== undefined && isEnding(responseTo(risk.score, policy.riskResponse))) {
    const ending = grants.find(({ outcome }) => outcome.missed.includes('risk'));
    if (ending !== undefined) return { outcome: 'deny', reason: 'risk_too_high', rule: ending.outcome.result, trace };
  }

  const broken = grants.find(
    ({ outcome }) => outcome.hasFailed && outcome.missed.every(isProvable) && outcome.unknown.every(isProvable),
  );
  if (broken !== undefined) return { outcome: 'deny', reason: 'policy_error', rule: broken.outcome.result, trace };

  let nearest: { readonly candidate: GrantOutcome; readonly hardest: number; readonly count: number } | undefined;
  for (const candidate of grants) {
    const obstacles = obstaclesOf(candidate);
    let hardest = 0;
    for (const key of obstacles) hardest = Math.max(hardest, order.indexOf(reasonOf(key, candidate, facts)));
    const count = obstacles.length;
    if (nearest === undefined || hardest < nearest.hardest || (hardest === nearest.hardest && count < nearest.count)) {
      nearest = { candidate, hardest, count };
    }
  }
  if (nearest === undefined) return { outcome: 'deny', reason: 'not_in_required_group', trace };

  const { candidate } = nearest;
  const reason = order[nearest.hardest] ?? 'policy_error';
  const hardest = obstaclesOf(candidate).find((key) => reasonOf(key, candidate, facts) === reason);
  const details = hardest === undefined ? undefined : detailsOf(hardest, candidate, facts);
  return { outcome: 'deny', rule: candidate.outcome.result, trace, reason, ...details };
}

/** What a person could still prove: an error beside it decided all the same. */
function isProvable(key: ConditionKey): boolean {
  return key === 'auth' || key === 'risk';
}

/** The keys in the way. `auth` counts only alone: beside another obstacle it is not what keeps the person out. */
function obstaclesOf({ outcome }: GrantOutcome): readonly ConditionKey[] {
  const all = [...outcome.missed, ...outcome.unknown];
  const others = all.filter((key) => key !== 'auth');
  return others.length > 0 ? others : all;
}

function reasonOf(key: ConditionKey, { grant }: GrantOutcome, facts: Facts): DenyReason {
  const condition = grantCondition(key);
  return condition?.obstacleBy?.(valuesOf(grant, key), facts) ?? condition?.obstacle ?? 'policy_error';
}

function detailsOf(key: ConditionKey, { grant }: GrantOutcome, facts: Facts): Obstacle | undefined {
  return grantCondition(key)?.obstacleDetails?.(valuesOf(grant, key), facts);
}
