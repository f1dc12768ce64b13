import * as z from 'zod';
import { addressOf } from '../address-of.ts';
import { canonicalDomain } from '../canonical-email.ts';
import { type Condition, conditionOfPerson } from '../condition.ts';
import { addressKey } from './address-key.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import { listed } from './fact-words.ts';
import { mostOfKey, sampledAs } from './sample-draft.ts';
import { shared } from './share-conditions.ts';

/**
 * The person's address is in one of these domains, in canonical form: compared whole, so that neither a subdomain nor
 * `badcorp.example` counts as `corp.example`. Unknown unless the provider vouches for the address.
 */
export function domainsCondition(wanted: ReadonlySet<string>): Condition {
  return conditionOfPerson('domains', (person) => {
    const address = addressOf(person);
    if (address === undefined) return 'unknown';
    return wanted.has(address.domain) ? 'hit' : 'miss';
  });
}

/** `domains`: canonical domains, any one of which will do. */
export const domains = describeGrantCondition({
  ...addressKey,
  key: 'domains',
  description: 'Any one of these domains of a verified address. Exact: a subdomain is another domain.',
  schema: ({ domain }) => z.array(domain).min(1),
  // A denial whose domain stands in upper case must not miss everybody.
  conditionOf: shared((wanted) =>
    domainsCondition(new Set([...wanted].map((domain) => canonicalDomain(domain) ?? domain))),
  ),
  sampleEach: (names) =>
    [...names].slice(0, mostOfKey).map((domain) => ({
      axis: 'address',
      apply: (from) => sampledAs(from, `with somebody@${domain}`, { email: `somebody@${domain}` }),
    })),
  wanted: (names) => `an address of ${listed(names)}`,
  lacking: {
    english: 'An e-mail address of one of its domains',
    german: 'Eine E-Mail-Adresse einer zugelassenen Domain',
  },
});
