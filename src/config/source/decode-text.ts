/** The most that is read of a configuration: twice what 10,000 routes with 10 rules each take. */
export const maxConfigurationBytes = 16 * 1024 * 1024;

export const tooLarge = {
  why: 'is larger than 16 MiB',
  help: '10,000 routes with 10 rules each take 7 MB; is this the right file?',
} as const;

export type Decoded =
  | { readonly outcome: 'text'; readonly text: string }
  | {
      readonly outcome: 'refused';
      readonly why: string;
      readonly help: string;
      /** Both from 1; absent where it is about the whole file. */
      readonly at?: { readonly line: number; readonly column: number };
    };

/** Bytes to text. A byte order mark is dropped; anything that is not UTF-8 is refused and not guessed at. */
export function decodeText(bytes: Uint8Array): Decoded {
  if (bytes.length > maxConfigurationBytes) return { outcome: 'refused', ...tooLarge };
  if (bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))) {
    return { outcome: 'refused', why: 'is UTF-16', help: 'save it as UTF-8' };
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    const isWide = isUtf16(bytes);
    return {
      outcome: 'refused',
      why: isWide ? 'is UTF-16, without a mark that says so' : `holds a NUL byte, ${placeOf(bytes, nul)}`,
      help: isWide ? 'save it as UTF-8' : 'a text has none: is this the right file?',
      at: lineAndColumn(bytes, nul),
    };
  }
  try {
    return { outcome: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const at = firstInvalid(bytes);
    const byte = (bytes[at] ?? 0).toString(16).padStart(2, '0');
    return {
      outcome: 'refused',
      why: `is not UTF-8: the byte 0x${byte}, ${placeOf(bytes, at)}`,
      help: 'save it as UTF-8',
      at: lineAndColumn(bytes, at),
    };
  }
}

/** A byte order mark apart, UTF-16 is known by its zeros: every second byte of a text in Latin letters is one. */
function isUtf16(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 64);
  const zeros = [0, 1].map((odd) => head.filter((byte, at) => at % 2 === odd && byte === 0).length);
  return head.length >= 4 && zeros.some((count) => count * 2 >= head.length * 0.8);
}

/** In bytes: up to the first one that is no text a character is mostly one of them. */
function lineAndColumn(bytes: Uint8Array, at: number): { readonly line: number; readonly column: number } {
  const before = new TextDecoder().decode(bytes.subarray(0, at));
  const line = before.split('\n').length;
  return { line, column: before.length - (before.lastIndexOf('\n') + 1) + 1 };
}

/** Bytes are counted from 1, as editors count. */
function placeOf(bytes: Uint8Array, at: number): string {
  let line = 1;
  for (let found = bytes.indexOf(10); found !== -1 && found < at; found = bytes.indexOf(10, found + 1)) line += 1;
  return `number ${at + 1} of the file, in line ${line}`;
}

/** The first byte that no UTF-8 text has there: the longest part that can still be decoded, halving the rest each time. */
function firstInvalid(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (canBegin(bytes.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  return beginOfCharacter(bytes, Math.min(low, bytes.length - 1));
}

/** Of a character that is broken off, the byte that began it: that is where an editor shows the trouble. */
function beginOfCharacter(bytes: Uint8Array, at: number): number {
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes[at - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? at - back : at;
  }
  return at;
}

/** True when these bytes may begin a UTF-8 text: a character that is cut off at their end is no error. */
function canBegin(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
