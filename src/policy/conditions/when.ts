import type { Condition } from '../condition.ts';
import type { Expression } from '../rule.ts';

/** The expression holds. It throws when it fails, and then the condition has failed. */
export function whenCondition(expression: Expression): Condition {
  return {
    key: 'when',
    check: (facts) => {
      const holds = expression.evaluate(facts);
      if (holds === undefined) return 'unknown';
      return holds ? 'hit' : 'miss';
    },
  };
}
