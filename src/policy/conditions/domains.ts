import { canonicalEmail } from '../canonical-email.ts';
import type { Condition } from '../condition.ts';

/**
 * The person's address is in one of these domains: the part after the last `@`, compared whole, so that neither a
 * subdomain nor `badcorp.example` counts as `corp.example`. Unknown unless the provider vouches for the address.
 */
export function domainsCondition(wanted: ReadonlySet<string>): Condition {
  return {
    key: 'domains',
    check: ({ person }) => {
      if (person?.email === undefined || !person.isEmailVerified) return 'unknown';
      const at = person.email.lastIndexOf('@');
      if (at <= 0) return 'unknown';
      return wanted.has(canonicalEmail(person.email.slice(at + 1))) ? 'hit' : 'miss';
    },
  };
}
