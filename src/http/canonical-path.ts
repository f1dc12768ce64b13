/** Why a path was refused, as a sentence for the analyst. */
type Refused = { readonly outcome: 'refused'; readonly detail: string };

/** What some apps have in their paths and others take for something else; a route has to say that its app is of the former. */
export type KeptSlashes = 'encoded_slashes' | 'doubled_slashes';

export type PathResult =
  | {
      readonly outcome: 'canonical';
      readonly path: string;
      /** As an app reads it that decodes slashes, or takes several for one. Absent: there is one reading. */
      readonly otherReading?: { readonly path: string; readonly because: KeptSlashes; readonly detail: string };
    }
  | Refused;

const slash = 0x2f;
const dot = 0x2e;
const percent = 0x25;

/** 1: may stand in a canonical path as it is. Everything else takes the slow way. */
const plain = new Uint8Array(128);
/** 1: unreserved (RFC 3986 §2.3): an escape of it means the same as the character. */
const unreserved = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~') {
  plain[character.charCodeAt(0)] = 1;
  unreserved[character.charCodeAt(0)] = 1;
}
for (const character of "/!$&'()*+,=:@") plain[character.charCodeAt(0)] = 1;

const hexDigits = '0123456789ABCDEF';
const escapes: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `%${hexDigits[byte >> 4] ?? ''}${hexDigits[byte & 15] ?? ''}`,
);

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
}

function refused(detail: string): Refused {
  return { outcome: 'refused', detail };
}

/** True when nothing in the path needs a second look: no escape, no `;`, no segment that is empty or begins with a dot. */
function isPlain(path: string): boolean {
  let previous = 0;
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    if (plain[code] !== 1) return false;
    if (previous === slash && (code === slash || code === dot)) return false;
    previous = code;
  }
  return true;
}

/**
 * Brings a path to its one spelling: escapes of unreserved characters decoded, the others in upper case, characters
 * that have no place in a URI escaped. What two servers could read as two resources is refused (security-rules.md 17):
 * dot segments in any encoding, `;` beside dots, backslash, control bytes, bad UTF-8, and more layers of encoding over
 * any of these or a slash. Encoded and doubled slashes come with their other reading: whoever calls refuses them, unless
 * both lead to the same and are judged (security-rules.md 43). Idempotent.
 * @param path begins with `/`; without query.
 */
export function canonicalPath(path: string): PathResult {
  if (isPlain(path)) return { outcome: 'canonical', path };
  const rewritten = rewriteEscapes(path);
  if (rewritten.outcome === 'refused') return rewritten;
  const { path: spelled } = rewritten;
  const twice = findDoubleEncoding(spelled);
  if (twice !== undefined) return refused(twice);
  const hostile = findHostileSegment(spelled);
  if (spelled.includes('%2F')) {
    const other = spelled.replaceAll('%2F', '/');
    const detail = 'The path has an encoded slash in it.';
    if (hostile !== undefined || findHostileSegment(other) !== undefined) return refused(hostile ?? detail);
    return { outcome: 'canonical', path: spelled, otherReading: { path: other, because: 'encoded_slashes', detail } };
  }
  if (hostile === undefined) return rewritten;
  // Two at the start would be an authority to some (RFC 3986 section 4.2).
  const other = spelled.startsWith('//') ? spelled : spelled.replace(/\/{2,}/g, '/');
  if (other === spelled || findHostileSegment(other) !== undefined) return refused(hostile);
  return {
    outcome: 'canonical',
    path: spelled,
    otherReading: { path: other, because: 'doubled_slashes', detail: hostile },
  };
}

function rewriteEscapes(path: string): { readonly outcome: 'canonical'; readonly path: string } | Refused {
  let result = '';
  let hasHighBytes = false;
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    if (code !== percent) {
      if (code <= 0x20 || code === 0x7f) return refused('The path has a space or a control byte in it.');
      if (code > 0x7f) return refused('The path has a byte in it that must be percent-encoded.');
      if (code === 0x5c) return refused('The path has a backslash in it.');
      if (code === 0x23) return refused('The request target has a fragment.');
      result += plain[code] === 1 || code === 0x3b ? path[index] : escapes[code];
      continue;
    }
    const high = hexValue(path.charCodeAt(index + 1));
    const low = hexValue(path.charCodeAt(index + 2));
    if (high < 0 || low < 0) return refused('The path has a percent sign that begins no escape.');
    const byte = high * 16 + low;
    if (byte < 0x20 || byte === 0x7f) return refused('The path has an encoded control byte in it.');
    if (byte === 0x5c) return refused('The path has an encoded backslash in it.');
    if (byte > 0x7f) hasHighBytes = true;
    result += unreserved[byte] === 1 ? String.fromCharCode(byte) : escapes[byte];
    index += 2;
  }
  if (hasHighBytes && !isUtf8(result)) return refused('The path is not UTF-8.');
  return { outcome: 'canonical', path: result };
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Layers of encoding that are looked into; a path with more of them is refused. */
const mostLayers = 4;
/** What UTF-8 forbids and careless decoders take for `.` and `/` (RFC 3629 §3), as Latin-1. */
const overlong = /[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}/;
const twiceOver = 'The path is percent-encoded twice over.';

/**
 * Decodes what `%25` hides, layer by layer, and looks for what is refused in the first one. Letters may hide (a file may
 * be called `100%ab`): denials compare what they spell.
 */
function findDoubleEncoding(path: string): string | undefined {
  if (!path.includes('%25')) return undefined;
  // The other escapes of the first layer have been judged, and begin nothing.
  let text = path.replace(/%(..)/g, (_, hex: string) => (hex === '25' ? '%' : ' '));
  for (let layer = 0; layer < mostLayers; layer++) {
    if (/%u/i.test(text)) return twiceOver;
    let isHostile = false;
    const next = text.replace(/%([0-9A-F]{2})/gi, (_, hex: string) => {
      const byte = Number.parseInt(hex, 16);
      isHostile ||= byte < 0x20 || byte === slash || byte === dot || byte === 0x5c || byte === 0x3b || byte === 0x7f;
      return String.fromCharCode(byte);
    });
    if (isHostile || overlong.test(next)) return twiceOver;
    if (next === text) return undefined;
    text = next;
  }
  return twiceOver;
}

/** Judges each segment of a path whose escapes are settled. */
function findHostileSegment(path: string): string | undefined {
  let start = 1;
  while (start <= path.length) {
    let end = path.indexOf('/', start);
    if (end === -1) end = path.length;
    const detail = judgeSegment(path, start, end);
    if (detail !== undefined) return detail;
    start = end + 1;
  }
  return undefined;
}

function judgeSegment(path: string, start: number, end: number): string | undefined {
  if (start === end) return end === path.length ? undefined : 'The path has an empty segment.';
  const segment = path.slice(start, end);
  if (segment.charCodeAt(0) !== dot && !segment.includes(';') && !segment.includes('%')) return undefined;
  const parts = segment.replaceAll('%3B', ';').replaceAll('%20', ' ').split(';');
  if (parts[0]?.trim() === '') return 'The path has an empty segment.';
  for (const part of parts) {
    const trimmed = part.trim();
    if (trimmed === '.' || trimmed === '..') return 'The path has a dot segment.';
  }
  return undefined;
}
