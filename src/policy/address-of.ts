import type { PersonFacts } from '../decision/facts.ts';
import { canonicalEmailClaim, isBeyondAscii, likenessOf } from './canonical-email.ts';

/** A person's address in the form in which it is compared. */
export interface ComparableAddress {
  readonly whole: string;
  /** What is behind the `@`. */
  readonly domain: string;
  /** With letters beyond ASCII before the `@`: the address that it could be taken for. */
  readonly likeness: string | undefined;
}

/** A person's facts are one object for as long as they hold: thousands of rules ask, and one of them works. */
const known = new WeakMap<PersonFacts, ComparableAddress | 'none'>();

/**
 * The address by which rules may know a person. `undefined`, that is unknown, where the provider does not vouch for it,
 * and where it has no canonical form (security-rules.md 6): such a one opens nothing and dodges no denial.
 */
export function addressOf(person: PersonFacts | undefined): ComparableAddress | undefined {
  if (person?.email === undefined || !person.isEmailVerified) return undefined;
  const found = known.get(person) ?? compute(person.email);
  known.set(person, found);
  return found === 'none' ? undefined : found;
}

function compute(email: string): ComparableAddress | 'none' {
  const whole = canonicalEmailClaim(email);
  if (whole === undefined) return 'none';
  const domain = whole.slice(whole.indexOf('@') + 1);
  return { whole, domain, likeness: isBeyondAscii(whole) ? likenessOf(whole) : undefined };
}
