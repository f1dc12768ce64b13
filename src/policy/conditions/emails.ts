import { canonicalEmail } from '../canonical-email.ts';
import type { Condition } from '../condition.ts';

/** The person's address is one of these. Unknown unless the provider vouches for the address (SECURITY.md 6). */
export function emailsCondition(wanted: ReadonlySet<string>): Condition {
  return {
    key: 'emails',
    check: ({ person }) => {
      if (person?.email === undefined || !person.isEmailVerified) return 'unknown';
      return wanted.has(canonicalEmail(person.email)) ? 'hit' : 'miss';
    },
  };
}
