import type { Allow, Decision, ReportedRule, RuleResult } from '../decision/decision.ts';
import type { Facts } from '../decision/facts.ts';
import { denialAnswer } from './closing-denial.ts';
import { nearestGrant } from './nearest-grant.ts';
import { prepare } from './prepare.ts';
import type { RouteOutcome } from './route-outcome.ts';
import type { RoutePolicy } from './rule.ts';
import type { OnFailure, RuleOutcome } from './rule-outcome.ts';
import { stepUpThatOpens } from './step-up-that-opens.ts';

/**
 * The judgement of one route: facts in, decision out. No I/O, no clock but `facts.request.nowMs`. Costs a microsecond
 * or two. Never throws: a condition that breaks is unknown.
 *
 * In this order (security-rules.md 14, 15):
 * 1. A denial closes when none of its keys is known to miss, whatever any grant says. One that is merely unknown because
 *    nobody is signed in waits until somebody is.
 * 2. A public route opens.
 * 3. Nobody is signed in, and no service asks: `sign_in`.
 * 4. A grant whose keys all hold opens the route.
 * 5. A grant that misses nothing but fresh proof: `step_up`. So no factor is asked for in vain.
 * 6. Otherwise no, for the reason of the nearest grant (nearest-grant.ts says which that is).
 *
 * Rules that their mode keeps from acting decide nothing; what they would have done is in `reported`.
 *
 * `onFailure` hears of conditions that broke, whether or not that decided.
 *
 * In the trace a rule's verdict is what its keys came to: `unknown` keeps a grant shut and lets a denial close.
 */
export function evaluate(policy: RoutePolicy, facts: Facts, onFailure?: OnFailure): Decision {
  const rules = prepare(policy, facts.service === undefined ? 'person' : 'service')(facts, onFailure);
  const { opening, closing } = rules;
  const isAnonymous = facts.person === undefined && facts.service === undefined && !policy.isPublic;
  const reported = rules.idle === undefined ? undefined : reportedRules(rules.idle);
  const seen = reported === undefined ? {} : { reported };
  if (closing !== undefined && !(isAnonymous && closing.certainty !== 'known'))
    return { ...denialAnswer(closing, facts, rules.trace), ...seen };
  if (policy.isPublic) return allow('public_route', undefined, rules, reported);
  if (isAnonymous) return { outcome: 'sign_in', reason: 'login_required', trace: rules.trace, ...seen };
  if (opening !== undefined) return allow('granted', opening, rules, reported);
  const [grants, trace] = [rules.grants(), rules.trace];
  // A machine has nothing to prove anew.
  const stepUp = facts.service === undefined ? stepUpThatOpens(grants, facts, policy, trace) : undefined;
  return { ...(stepUp ?? nearestGrant(grants, facts, policy, trace)), ...seen };
}

function allow(
  reason: 'granted' | 'public_route',
  grant: RuleResult | undefined,
  rules: RouteOutcome,
  reported: readonly ReportedRule[] | undefined,
): Allow {
  const allowed = { outcome: 'allow' as const, reason, grant, trace: rules.trace };
  return reported === undefined ? allowed : { ...allowed, reported };
}

/** What rules that do not act would have done; those that miss would have done nothing. `undefined` when nobody would. */
function reportedRules(idle: readonly RuleOutcome[]): readonly ReportedRule[] | undefined {
  const reported = idle.flatMap((outcome) => {
    const result = resultOf(outcome);
    return result === undefined ? [] : { rule: outcome.result, result, unknown: outcome.unknown };
  });
  return reported.length === 0 ? undefined : reported;
}

function resultOf({ result, missed, unknown, hasFailed }: RuleOutcome): ReportedRule['result'] | undefined {
  // A denial closes on what it cannot tell, so it would have closed here, too.
  if (result.effect === 'deny') return result.verdict === 'miss' ? undefined : 'would_deny';
  if (result.verdict === 'hit') return 'would_allow';
  if (missed.some((key) => key !== 'auth')) return undefined;
  if (hasFailed || unknown.some((key) => key !== 'auth')) return 'not_evaluated';
  return 'would_step_up';
}
