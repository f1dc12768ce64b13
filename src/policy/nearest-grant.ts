import type { ConditionKey, Deny, RuleResult } from '../decision/decision.ts';
import type { Facts } from './facts.ts';
import { nextOpening } from './next-opening.ts';
import { postureProblem } from './posture-problem.ts';
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
  const rule = candidate.outcome.result;
  if (reason === 'outside_hours') {
    return { outcome: 'deny', reason, rule, trace, nextOpening: nextOpening(candidate.grant, facts.request.nowMs) };
  }
  const device = postureInTheWay(candidate, facts);
  if (device === undefined || !isDeviceReason(reason)) return { outcome: 'deny', reason, rule, trace };
  return { outcome: 'deny', rule, trace, ...postureProblem(facts, device) };
}

/** What a person could still prove: an error beside it decided all the same. */
function isProvable(key: ConditionKey): boolean {
  return key === 'auth' || key === 'risk';
}

function isDeviceReason(reason: DenyReason): boolean {
  return order.indexOf(reason) <= order.indexOf('posture_unavailable');
}

/** The keys in the way. `auth` counts only alone: beside another obstacle it is not what keeps the person out. */
function obstaclesOf({ outcome }: GrantOutcome): readonly ConditionKey[] {
  const all = [...outcome.missed, ...outcome.unknown];
  const others = all.filter((key) => key !== 'auth');
  return others.length > 0 ? others : all;
}

/** The posture that keeps the grant shut: its own or its segment's. */
function postureInTheWay({ grant }: GrantOutcome, { device }: Facts): string | undefined {
  const named = [grant.device, grant.segment?.keys.device].filter((posture) => posture !== undefined);
  return named.find((posture) => {
    const result = device?.postures[posture]?.result;
    return result !== 'pass' && result !== 'warned';
  });
}

function reasonOf(key: ConditionKey, candidate: GrantOutcome, facts: Facts): DenyReason {
  switch (key) {
    case 'device': {
      const posture = postureInTheWay(candidate, facts);
      return posture === undefined ? 'policy_error' : postureProblem(facts, posture).reason;
    }
    case 'networks':
      return 'network_not_allowed';
    case 'risk':
      return 'risk_too_high';
    case 'auth':
      return 'step_up_not_met';
    case 'provider':
    case 'emails':
    case 'domains':
      return 'wrong_account';
    case 'methods':
      return 'method_not_granted';
    case 'paths':
      return 'path_not_granted';
    case 'hours':
      return 'outside_hours';
    case 'when':
      return 'condition_not_met';
    case 'claims':
    case 'services':
    case 'groups':
      return 'not_in_required_group';
    case 'device_fails':
      return 'policy_error';
  }
}
