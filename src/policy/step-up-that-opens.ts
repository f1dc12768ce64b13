import type { AuthenticationMethod, RuleResult, StepUp, StepUpNeed } from '../decision/decision.ts';
import type { Facts } from '../decision/facts.ts';
import { actionOverLimit, responseTo, riskAnswerableSince } from './risk-response.ts';
import type { AuthenticationRequirement, Grant, RoutePolicy } from './rule.ts';
import type { GrantOutcome } from './rule-outcome.ts';
import { isStepUpSatisfied, newestProofAtMs } from './step-up-satisfied.ts';

/**
 * The step-up that would open the route: of the first grant that misses nothing but `auth`, or `risk` where the answer
 * to risk is a step-up that can still help. Methods of further such grants with the same limits are offered beside.
 * `undefined` when no proof would open the route.
 */
export function stepUpThatOpens(
  grants: readonly GrantOutcome[],
  facts: Facts,
  policy: RoutePolicy,
  trace: readonly RuleResult[],
): StepUp | undefined {
  let need: StepUpNeed | undefined;
  for (const candidate of grants) {
    const other = needOf(candidate, facts, policy);
    if (other === undefined) continue;
    if (need === undefined) need = other;
    else if (need.maxAgeMs === other.maxAgeMs && need.notBeforeMs === other.notBeforeMs) {
      need = { ...need, methods: union(need.methods, other.methods) };
    }
  }
  if (need === undefined) return undefined;
  return { outcome: 'step_up', reason: reasonOf(need, facts), need, trace };
}

/** What the person would have to prove for this grant; `undefined` when proof alone does not open it. */
function needOf({ grant, outcome }: GrantOutcome, facts: Facts, policy: RoutePolicy): StepUpNeed | undefined {
  if (outcome.hasFailed || outcome.unknown.some((key) => key !== 'auth')) return undefined;
  if (outcome.missed.some((key) => key !== 'auth' && key !== 'risk')) return undefined;
  const asked = proofToAsk(grant, facts);
  const methods = asked?.methods ?? policy.stepUpMethods;
  if (methods.length === 0) return undefined;
  const maxAgeMs = asked?.maxAgeMs;
  if (!outcome.missed.includes('risk')) return { methods, maxAgeMs, notBeforeMs: undefined };

  const { risk } = facts;
  if (risk === undefined || actionOverLimit(risk.score, policy.riskResponse) !== 'step_up') return undefined;
  const lastProofAtMs = newestProofAtMs(facts.authentication?.provedAtMs ?? {}, facts.request.nowMs) ?? 0;
  const notBeforeMs = riskAnswerableSince(risk, lastProofAtMs);
  // A browser proves itself without its person, so that this answers no doubt about them.
  const ofPerson = methods.filter(isOfPerson);
  const answering = ofPerson.length > 0 ? ofPerson : policy.stepUpMethods.filter(isOfPerson);
  if (answering.length === 0) return undefined;
  const isInVain = notBeforeMs === undefined || !isTolerated(risk.scoreAfterProof ?? 0, grant, policy);
  return isInVain ? undefined : { methods: answering, maxAgeMs, notBeforeMs };
}

function isOfPerson(method: AuthenticationMethod): boolean {
  return method !== 'registered_browser';
}

/** True when the grant and its segment take a score: a step-up that leaves more than that would be asked for in vain. */
function isTolerated(score: number, { risk, segment }: Grant, { riskResponse }: RoutePolicy): boolean {
  if (score === 0) return true;
  const limits = [risk?.below, segment?.keys.risk?.below].filter((limit) => limit !== undefined);
  return limits.length > 0 ? limits.every((limit) => score < limit) : responseTo(score, riskResponse) === 'allow';
}

/**
 * What to ask for where the grant and its segment both say `auth`. One proof that meets both, if there is one;
 * otherwise the first that is not met: the other one is asked for once that is proved.
 */
function proofToAsk({ auth: own, segment }: Grant, facts: Facts): AuthenticationRequirement | undefined {
  const added = segment?.keys.auth;
  if (own === undefined || added === undefined) return own ?? added;
  const methods = own.methods.filter((method) => added.methods.includes(method));
  if (methods.length === 0) return isProved(own, facts) ? added : own;
  const ages = [own.maxAgeMs, added.maxAgeMs].filter((age) => age !== undefined);
  return { methods, maxAgeMs: ages.length === 0 ? undefined : Math.min(...ages) };
}

function isProved({ methods, maxAgeMs }: AuthenticationRequirement, { authentication, request }: Facts): boolean {
  return isStepUpSatisfied(
    { methods, maxAgeMs, notBeforeMs: undefined },
    authentication?.provedAtMs ?? {},
    request.nowMs,
  );
}

function union(
  one: readonly AuthenticationMethod[],
  other: readonly AuthenticationMethod[],
): readonly AuthenticationMethod[] {
  return [...new Set([...one, ...other])];
}

/** `reauth_required` when one of the methods was proved, too long ago; `step_up_required` when none ever was. */
function reasonOf(need: StepUpNeed, { authentication, request }: Facts): StepUp['reason'] {
  const wasProved = need.methods.some((method) => {
    const at = authentication?.provedAtMs[method];
    return at !== undefined && at <= request.nowMs;
  });
  return wasProved ? 'reauth_required' : 'step_up_required';
}
