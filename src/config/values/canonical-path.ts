import { findStrangeCharacter, plainSpelling } from '../source/strange-character.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

const plain = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/;
const unreserved = /[A-Za-z0-9\-._~]/;

/** The way Postern writes a byte sequence in a path: what needs no encoding is plain, hex is in upper case. */
function canonicalSpelling(text: string): string {
  const encoded = text.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
  return encoded.replace(/%([0-9a-f]{2})/gi, (whole, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return unreserved.test(character) ? character : whole.toUpperCase();
  });
}

/**
 * Checks that a path of the configuration is written as Postern compares paths (security-rules.md 17). A path that is
 * not could never match a request, and a rule that never matches fails without a sound.
 */
export function parseCanonicalPath(text: string): Parsed<string> {
  if (text === '*' || text === '**' || text === '/**/*')
    return refuse('P040', 'is not how every path is written', 'write /**, or leave out the key');
  if (!text.startsWith('/')) return refuse('P040', 'does not begin with /', `write ${withSlash(text)}`);
  if (text.length > 2048) return refuse('P040', 'is too long for a path', 'paths have at most 2048 characters');
  if (/[?#]/.test(text))
    return refuse(
      'P040',
      'holds a query or a fragment',
      'only the path is compared; leave out ? and # and what follows',
    );
  if (/[\\\p{Cc}]|%2f|%5c|%25(?:2e|2f|5c|25)/iu.test(text) || /%[01][0-9a-f]|%7f/i.test(text)) {
    return refuse(
      'P040',
      'can never match',
      'requests with a backslash, a control byte, an encoded slash or double encoding are refused',
    );
  }
  if (/%(?![0-9a-f]{2})/i.test(text)) return refuse('P040', 'has a % without two hex digits', undefined);
  const spelling = canonicalSpelling(text);
  const strange = findStrangeCharacter(text);
  if (strange !== undefined) {
    const help = `type it again: ${plainSpelling(text)}; if it is meant, write ${spelling}`;
    return { ...refuse('P040', `has ${strange.says}`, help), within: { start: strange.start, end: strange.end } };
  }
  if (!plain.test(text) || spelling !== text)
    return refuse('P040', 'is not written in canonical form', `write ${spelling}`);
  if (text.includes('//')) return refuse('P040', 'can never match', 'requests with // in the path are refused');
  if (text.split('/').some((segment) => /^\.{1,2}(;.*)?$/.test(segment))) {
    return refuse('P040', 'can never match', 'requests with . or .. segments are refused');
  }
  return accept(text);
}

/** The path of a text without its slash, or of a whole URL. */
function withSlash(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text).pathname;
  return `/${text.replace(/^\.\//, '')}`;
}

/** As a path, and `**` only as a whole segment. */
export function parsePathGlob(text: string): Parsed<string> {
  const path = parseCanonicalPath(text);
  if (!path.ok) return path;
  if (text.split('/').some((segment) => segment.includes('**') && segment !== '**')) {
    return refuse('P040', 'has ** beside other characters', 'write ** as a segment of its own: /reports/**');
  }
  return path;
}
