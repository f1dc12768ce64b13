import type { Allow, Decision, RuleResult, SignIn } from '../decision/decision.ts';
import { type ClosingDenial, denialAnswer, surerDenial } from './closing-denial.ts';
import type { Facts } from './facts.ts';
import { nearestGrant } from './nearest-grant.ts';
import { prepare } from './prepare.ts';
import type { RoutePolicy } from './rule.ts';
import type { GrantOutcome, OnFailure } from './rule-runner.ts';
import { stepUpThatOpens } from './step-up-that-opens.ts';

/**
 * The judgement of one route: facts in, decision out. No I/O, no clock but `facts.request.nowMs`. Costs a microsecond
 * or two. Never throws: a condition that breaks is unknown.
 *
 * In this order (SECURITY.md 14, 15):
 * 1. A denial closes when none of its keys is known to miss, whatever any grant says. One that is merely unknown because
 *    nobody is signed in waits until somebody is.
 * 2. A public route opens.
 * 3. Nobody is signed in: `sign_in`.
 * 4. A grant whose keys all hold opens the route.
 * 5. A grant that misses nothing but fresh proof: `step_up`. So no factor is asked for in vain.
 * 6. Otherwise no, for the reason of the nearest grant (nearest-grant.ts says which that is).
 *
 * `onFailure` hears of conditions that broke, whether or not that decided.
 *
 * In the trace a rule's verdict is what its keys came to: `unknown` keeps a grant shut and lets a denial close.
 */
export function evaluate(policy: RoutePolicy, facts: Facts, onFailure?: OnFailure): Decision {
  const trace: RuleResult[] = [];
  const grants: GrantOutcome[] = [];
  let opening: RuleResult | undefined;
  let closing: ClosingDenial | undefined;
  for (const runner of prepare(policy).rules) {
    const outcome = runner.run(facts, onFailure);
    trace.push(outcome.result);
    if (runner.rule.effect === 'deny') closing = surerDenial(closing, runner.rule, outcome);
    else if (outcome.result.verdict === 'hit') opening ??= outcome.result;
    else if (opening === undefined) grants.push({ grant: runner.rule, outcome });
  }

  const isAnonymous = facts.person === undefined && !policy.isPublic;
  if (closing !== undefined && !(isAnonymous && closing.certainty !== 'known'))
    return denialAnswer(closing, facts, trace);
  if (policy.isPublic) return { outcome: 'allow', reason: 'public_route', grant: undefined, trace } satisfies Allow;
  if (isAnonymous) return { outcome: 'sign_in', reason: 'login_required', trace } satisfies SignIn;
  if (opening !== undefined) return { outcome: 'allow', reason: 'granted', grant: opening, trace } satisfies Allow;
  return stepUpThatOpens(grants, facts, policy, trace) ?? nearestGrant(grants, facts, policy, trace);
}
