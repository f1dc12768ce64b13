import type { ConditionKey, SegmentReference, Verdict } from '../decision/decision.ts';
import type { Facts, PersonFacts } from '../decision/facts.ts';

/**
 * One key of a rule, compiled: asks the facts and answers in three values. May throw; whoever runs it takes a throw
 * for a failed condition, which never opens anything (security-rules.md 14).
 */
export interface Condition {
  readonly key: ConditionKey;
  /** Set when it is the segment's, not the rule's own. */
  readonly segment?: SegmentReference | undefined;
  readonly check: (facts: Facts) => Verdict;
  /** Whoever the person is settles it. A person's facts never change (others take their place), so its answer holds for as long as they do. */
  readonly isOfPersonAlone?: true;
}

/** Builds a condition that sees nothing but the person: no time, place, request, proof or risk. */
export function conditionOfPerson(key: ConditionKey, check: (person: PersonFacts | undefined) => Verdict): Condition {
  return { key, isOfPersonAlone: true, check: ({ person }) => check(person) };
}
