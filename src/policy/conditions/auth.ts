import type { Condition } from '../condition.ts';
import type { AuthenticationRequirement } from '../rule.ts';
import { isFreshProof } from '../step-up-satisfied.ts';

/** One of the methods was proved, recently enough. Each method has a time of its own; a time in the future counts as none (security-rules.md 4). */
export function authCondition(requirement: AuthenticationRequirement): Condition {
  return {
    key: 'auth',
    check: ({ authentication, request }) => {
      if (authentication === undefined) return 'unknown';
      for (const method of requirement.methods) {
        if (isFreshProof(authentication.provedAtMs[method], requirement.maxAgeMs, undefined, request.nowMs))
          return 'hit';
      }
      return 'miss';
    },
  };
}
