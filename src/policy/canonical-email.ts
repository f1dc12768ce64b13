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
const localPartOfAnyScript = /^[!#$%&'+/=?^_`{|}~0-9A-Za-z.\p{L}\p{M}\p{N}-]{1,64}$/u;

/**
 * The canonical form of an e-mail address, as rules name it: exactly one `@`, ASCII before it in lower case, a canonical
 * domain after it. `undefined` when it has none: letters beyond ASCII before the `@` are refused, because lowering their
 * case makes different people equal (the Kelvin sign becomes a k). So is `*`, which people write for wildcards.
 */
export function canonicalEmail(text: string): string | undefined {
  const canonical = canonicalEmailClaim(text);
  return canonical === undefined || isBeyondAscii(canonical) ? undefined : canonical;
}

/**
 * An address that a provider vouches for, spelled as rules spell theirs, so that neither a grant nor a denial misses a
 * person for the spelling: `canonicalEmail` where that has an answer; else, with letters of other scripts before the
 * `@`, those as they came, at the canonical domain. `undefined` where nobody can tell whose address it is: no `@` or
 * several, quotes, comments, blanks, control bytes, an address for a domain. Nothing is trimmed or mended.
 */
export function canonicalEmailClaim(text: string): string | undefined {
  const at = text.indexOf('@');
  if (at < 1 || at !== text.lastIndexOf('@')) return undefined;
  const name = text.slice(0, at);
  const isAscii = localPart.test(name);
  if (!isAscii && !localPartOfAnyScript.test(name)) return undefined;
  const domain = canonicalDomain(text.slice(at + 1));
  if (domain === undefined) return undefined;
  return `${isAscii ? name.toLowerCase() : name}@${domain}`;
}

/** True where `canonicalEmailClaim` kept letters of other scripts, which no rule can name. */
export function isBeyondAscii(canonical: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII as such.
  return !/^[\x00-\x7f]*$/.test(canonical);
}

/**
 * What careless software takes a canonical address for: no accents, one width, one case. An address is never granted
 * anything by its likeness; but a denial of the one whom it resembles must not be dodged with it.
 */
export function likenessOf(canonical: string): string {
  const plain = canonical.normalize('NFKD').replace(/\p{M}/gu, '');
  return plain.toUpperCase().normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
