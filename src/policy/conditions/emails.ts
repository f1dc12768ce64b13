import * as z from 'zod';
import { addressOf } from '../address-of.ts';
import { canonicalEmail } from '../canonical-email.ts';
import { type Condition, conditionOfPerson } from '../condition.ts';
import { addressKey } from './address-key.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import { listed } from './fact-words.ts';
import { mostOfKey, sampledAs } from './sample-draft.ts';
import { shared } from './share-conditions.ts';

/**
 * The person's address is one of these, in canonical form. Unknown unless the provider vouches for the address, and where
 * it only looks like one of these (security-rules.md 6, 14).
 */
export function emailsCondition(wanted: ReadonlySet<string>): Condition {
  return conditionOfPerson('emails', (person) => {
    const address = addressOf(person);
    if (address === undefined) return 'unknown';
    if (wanted.has(address.whole)) return 'hit';
    return address.likeness !== undefined && wanted.has(address.likeness) ? 'unknown' : 'miss';
  });
}

/** `emails`: canonical addresses, any one of which will do. */
export const emails = describeGrantCondition({
  ...addressKey,
  key: 'emails',
  description: 'Any one of these addresses; only verified ones count. Compared without regard to case.',
  schema: ({ email }) => z.array(email).min(1),
  // A denial whose address stands in upper case must not miss everybody.
  conditionOf: shared((wanted) => emailsCondition(new Set([...wanted].map((email) => canonicalEmail(email) ?? email)))),
  sampleEach: (addresses) =>
    [...addresses].slice(0, mostOfKey).map((email) => ({
      axis: 'address',
      apply: (from) => sampledAs(from, `with ${email}`, { email }),
    })),
  wanted: (addresses) => `one of the addresses ${listed(addresses)}`,
  lacking: { english: 'An e-mail address on its list', german: 'Eine zugelassene E-Mail-Adresse' },
});
