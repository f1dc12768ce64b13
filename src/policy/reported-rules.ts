import type { ReportedRule } from '../decision/decision.ts';
import type { RuleOutcome } from './rule-outcome.ts';

/** What rules that do not act would have done; those that miss would have done nothing. `undefined` when nobody would. */
export function reportedRules(idle: readonly RuleOutcome[]): readonly ReportedRule[] | undefined {
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
