import type { ConditionKey, SegmentReference, Verdict } from '../decision/decision.ts';
import type { Facts } from '../decision/facts.ts';

/**
 * One key of a rule, compiled: asks the facts and answers in three values. May throw; whoever runs it takes a throw
 * for a failed condition, which never opens anything (security-rules.md 14).
 */
export interface Condition {
  readonly key: ConditionKey;
  /** Set when it is the segment's, not the rule's own. */
  readonly segment?: SegmentReference | undefined;
  readonly check: (facts: Facts) => Verdict;
}
