import { domainToASCII, domainToUnicode } from 'node:url';

// One definition for configuration and judgement: an address must not be one person here and another there.

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
  const canonical = readEmail(text)?.canonical;
  return canonical === undefined || isBeyondAscii(canonical) ? undefined : canonical;
}

/**
 * An address that a provider vouches for, spelled as rules spell theirs, so that neither a grant nor a denial misses a
 * person for the spelling: `canonicalEmail` where that has an answer; else, with letters of other scripts before the
 * `@`, those as they came, at the canonical domain. `undefined` where nobody can tell whose address it is: no `@` or
 * several, quotes, comments, blanks, control bytes, an address for a domain; and a domain that only becomes one by being
 * mended (`corp.example.`, `corp。example`, letters of another width), which mail servers do not agree on.
 */
export function canonicalEmailClaim(text: string): string | undefined {
  const read = readEmail(text);
  return read !== undefined && isSpelledOut(read.domainText, read.domain) ? read.canonical : undefined;
}

/** True for a domain as people write it: in ASCII or in letters, in whatever case. */
function isSpelledOut(text: string, domain: string): boolean {
  // The Kelvin sign becomes a k.
  if ([...text].some((character) => isBeyondAscii(character) && !isBeyondAscii(character.toLowerCase()))) return false;
  const lower = text.toLowerCase();
  return lower === domain || lower.normalize('NFC') === domainToUnicode(domain);
}

interface ReadEmail {
  readonly canonical: string;
  readonly domain: string;
  /** As it came. */
  readonly domainText: string;
}

function readEmail(text: string): ReadEmail | undefined {
  const at = text.indexOf('@');
  if (at < 1 || at !== text.lastIndexOf('@')) return undefined;
  const name = text.slice(0, at);
  const isAscii = localPart.test(name);
  if (!isAscii && !localPartOfAnyScript.test(name)) return undefined;
  const domainText = text.slice(at + 1);
  const domain = canonicalDomain(domainText);
  if (domain === undefined) return undefined;
  return { canonical: `${isAscii ? name.toLowerCase() : name}@${domain}`, domain, domainText };
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
