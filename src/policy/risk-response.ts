import type { Decision } from '../decision/decision.ts';
import type { RiskFacts } from '../decision/facts.ts';

/** What to do when risk stands in the way. */
export type RiskAction = 'step_up' | 'deny';

/** Denies, and more: `end_session` ends the session, `lock` all of the person's, and no new one begins. */
export type EndingAction = 'end_session' | 'lock';

/** What happens at a level of risk where a grant says nothing of its own. */
export interface RiskResponse {
  readonly mediumFrom: number;
  readonly highFrom: number;
  readonly medium: RiskAction | EndingAction | 'allow';
  readonly high: RiskAction | EndingAction;
  /** How long `lock` holds; absent: until it is lifted. */
  readonly lockForMs?: number | undefined;
}

/** What the configured levels say to a score. A score that is no number counts as high. */
export function responseTo(score: number, response: RiskResponse): RiskAction | EndingAction | 'allow' {
  if (score < response.mediumFrom && score < response.highFrom) return 'allow';
  if (score < response.highFrom) return response.medium;
  return response.high;
}

/**
 * What follows when the score is over a grant's limit: what the level says. Where the level would allow (the grant is
 * stricter than the levels), the person may still answer for themselves by a step-up.
 */
export function actionOverLimit(score: number, response: RiskResponse): RiskAction | EndingAction {
  const action = responseTo(score, response);
  return action === 'allow' ? 'step_up' : action;
}

/**
 * When the signals began that a proof has not answered yet: a proof must be younger than this to help. `undefined`
 * when every signal is older than the newest proof: proving again would change nothing, and asking would be a loop.
 */
export function riskAnswerableSince(risk: RiskFacts, lastProofAtMs: number): number | undefined {
  let newest: number | undefined;
  for (const point of risk.points) {
    if (point.points > 0 && point.answeredBy !== 'nothing' && (newest === undefined || point.sinceMs > newest))
      newest = point.sinceMs;
  }
  return newest !== undefined && newest >= lastProofAtMs ? newest : undefined;
}

/** Whether an action ends sessions. */
export function isEnding(action: ReturnType<typeof responseTo>): action is EndingAction {
  return action === 'end_session' || action === 'lock';
}

/** What this answer does to sessions beside saying no: the configuration says so for this risk, and no rule of the route spoke for itself. */
export function endingByRisk(
  decision: Decision,
  risk: RiskFacts | undefined,
  policy: { readonly riskResponse: RiskResponse },
): EndingAction | undefined {
  const isByRisk =
    decision.outcome === 'deny' &&
    decision.reason === 'risk_too_high' &&
    decision.rule?.effect !== 'deny' &&
    risk !== undefined;
  if (!isByRisk) return undefined;
  const action = responseTo(risk.score, policy.riskResponse);
  return isEnding(action) ? action : undefined;
}
