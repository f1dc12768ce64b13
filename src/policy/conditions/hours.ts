import type { Condition } from '../condition.ts';
import type { Hours } from '../rule.ts';

/** It is within the hours. Unknown in a question whose time was not given. */
export function hoursCondition(hours: Hours): Condition {
  return {
    key: 'hours',
    check: ({ request }) => {
      if (request.isTimeAssumed === true) return 'unknown';
      return hours.contains(request.nowMs) ? 'hit' : 'miss';
    },
  };
}
