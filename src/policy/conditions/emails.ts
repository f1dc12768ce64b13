import { addressOf } from '../address-of.ts';
import type { Condition } from '../condition.ts';

/**
 * The person's address is one of these, in canonical form. Unknown unless the provider vouches for the address, and where
 * it only looks like one of these (security-rules.md 6, 14).
 */
export function emailsCondition(wanted: ReadonlySet<string>): Condition {
  return {
    key: 'emails',
    check: ({ person }) => {
      const address = addressOf(person);
      if (address === undefined) return 'unknown';
      if (wanted.has(address.whole)) return 'hit';
      return address.likeness !== undefined && wanted.has(address.likeness) ? 'unknown' : 'miss';
    },
  };
}
