import { domainToASCII } from 'node:url';

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The canonical form of a DNS name: lower case, IDNA in ASCII, no trailing dot. `undefined` when it is not a name
 * that could stand in a certificate: wildcards, empty labels, addresses and over-long names are refused.
 */
export function canonicalDomain(text: string): string | undefined {
  // The URL rules behind domainToASCII drop line breaks and cut at these.
  if (text.length === 0 || text.length > 254 || /[\s\p{Cc}/\\?#@:%[\]]/u.test(text)) return undefined;
  const ascii = domainToASCII(text.endsWith('.') ? text.slice(0, -1) : text);
  if (ascii === '' || ascii.length > 253) return undefined;
  const labels = ascii.split('.');
  if (!labels.every((part) => label.test(part))) return undefined;
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : ascii;
}

const localPart = /^[!#$%&'+/=?^_`{|}~0-9A-Za-z.-]{1,64}$/;

/**
 * The canonical form of an e-mail address, for rules and for claims alike: exactly one `@`, ASCII before it in lower
 * case, a canonical domain after it. `undefined` when it has none: letters beyond ASCII before the `@` are refused,
 * because lowering their case makes different people equal (the Kelvin sign becomes a k). So is `*`, which people write for wildcards.
 */
export function canonicalEmail(text: string): string | undefined {
  const at = text.indexOf('@');
  if (at < 1 || at !== text.lastIndexOf('@')) return undefined;
  const name = text.slice(0, at);
  if (!localPart.test(name)) return undefined;
  const domain = canonicalDomain(text.slice(at + 1));
  return domain === undefined ? undefined : `${name.toLowerCase()}@${domain}`;
}

/**
 * An address that a provider vouches for, spelled as rules spell theirs, so that no denial misses a person for the
 * spelling: `canonicalEmail` where that has an answer; else (a name beyond ASCII before the `@`) the name as it came, at
 * the canonical domain. `undefined` when the domain has no canonical form: then no rule can tell whose address it is.
 */
export function canonicalEmailClaim(text: string): string | undefined {
  const whole = canonicalEmail(text);
  if (whole !== undefined) return whole;
  const at = text.lastIndexOf('@');
  const domain = at < 1 ? undefined : canonicalDomain(text.slice(at + 1));
  return domain === undefined ? undefined : `${text.slice(0, at)}@${domain}`;
}
