import type { Deny, RuleResult } from '../decision/decision.ts';
import type { Facts } from '../decision/facts.ts';
import { conditionsFor } from './conditions/conditions-of-rule.ts';
import type { Denial } from './rule.ts';
import type { RuleOutcome } from './rule-outcome.ts';

/** The denial that closes the route. */
export interface ClosingDenial {
  readonly denial: Denial;
  readonly outcome: RuleOutcome;
  /** How it closes: every key holds; a key could not be told; a condition broke. */
  readonly certainty: 'known' | 'unknown' | 'failed';
}

const doubt = { known: 0, unknown: 1, failed: 2 } as const;

/**
 * Of two denials that close, the surer gives the reason, the first in the file among equals: so `policy_error` is the
 * answer only when a broken condition decided. Whether a staged rule acts may not be known either. A denial with a key that is known to miss does not close.
 */
export function surerDenial(
  best: ClosingDenial | undefined,
  denial: Denial,
  outcome: RuleOutcome,
  isActingKnown: boolean,
): ClosingDenial | undefined {
  if (outcome.result.verdict === 'miss') return best;
  const isKnown = isActingKnown && outcome.unknown.length === 0;
  const certainty = outcome.hasFailed ? 'failed' : isKnown ? 'known' : 'unknown';
  if (best !== undefined && doubt[best.certainty] <= doubt[certainty]) return best;
  return { denial, outcome, certainty };
}

/** Keys that say more than that a rule closed the route. */
const answering = conditionsFor('deny').filter(({ condition }) => condition.closingAnswer !== undefined);

/** The answer of a denial. One by device or risk says what is wrong there, because the person can mend that. */
export function denialAnswer(closing: ClosingDenial, facts: Facts, trace: readonly RuleResult[]): Deny {
  const { denial, outcome, certainty } = closing;
  const base = { outcome: 'deny', rule: outcome.result, userMessage: denial.userMessage, trace } as const;
  if (certainty === 'failed') return { ...base, reason: 'policy_error' };
  for (const { property, condition } of answering) {
    const value: unknown = Reflect.get(denial, property);
    const answer = value === undefined ? undefined : condition.closingAnswer?.(value, facts);
    if (answer !== undefined) return { ...base, ...answer };
  }
  return { ...base, reason: 'explicit_deny' };
}
