import { addressOf } from '../address-of.ts';
import type { Condition } from '../condition.ts';

/**
 * The person's address is in one of these domains, in canonical form: compared whole, so that neither a subdomain nor
 * `badcorp.example` counts as `corp.example`. Unknown unless the provider vouches for the address.
 */
export function domainsCondition(wanted: ReadonlySet<string>): Condition {
  return {
    key: 'domains',
    check: ({ person }) => {
      const address = addressOf(person);
      if (address === undefined) return 'unknown';
      return wanted.has(address.domain) ? 'hit' : 'miss';
    },
  };
}
