import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * What values often hold, so that it takes no room in each of them. Part of the format: never edited, since what was packed
 * with it could not be read any more.
 */
const often = Buffer.from(
  String.raw`"email_verified":true,"auth_time":,"nonce":"\"exp\":\"iat\":\"aud\":\"{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"{\"iss\":\"https://\",\"sub\":\"\",\"email\":\"\"email_verified\":true}","{"person":{"providerId":"","issuer":"https://","subject":"","name":"","email":"","isEmailVerified":true,"groups":[""],"claims":{},"source":"idp:","asOfMs":17},"provedAtMs":{"password":17,"otp":17,"passkey":17},"acr":null,"amr":["pwd","otp","mfa"],"signedInAtMs":17,"expiresAtMs":17,"deviceFingerprint":null,"signedInFrom":{"address":"","userAgent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) (Macintosh; Intel Mac OS X 10_15_7) (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"},"idToken":["`,
);
/** What comes out is gathered in pieces of this size. Node's own 16 KB, for each value, cost half as much as the packing. */
const chunkSize = 2_048;
/** A small window: it is set up for each value. */
const packing = { level: 3, windowBits: 12, memLevel: 5, dictionary: often, chunkSize };
/** Shorter ones gain less than the call costs; what is written each minute is. */
const shortest = 400;
/** Longer ones are rare, and would hold the event loop. */
const longest = 64 * 1024 - 1;

/** Random bytes as text, such as a signature: packing would not find a shorter way to write them. */
const runOfBytes = /[A-Za-z0-9_-]{128,}/g;
/** Where the run stood in the text, and how many bytes it is, before these bytes. */
const headBytes = 4;

/** A value in fewer bytes. */
export interface PackedText {
  /** True where the longest run of base64url was taken out of the text and stands before it as bytes. */
  readonly isParted: boolean;
  readonly bytes: Buffer;
}

/** `undefined` where it is not worth it. About 50 µs for a session. */
export function packText(value: string): PackedText | undefined {
  if (value.length < shortest || value.length > longest) return undefined;
  const run = longestRun(value);
  const bytes = run === undefined ? deflateRawSync(value, packing) : packAround(value, run);
  return bytes.length < value.length ? { isParted: run !== undefined, bytes } : undefined;
}

/** About 15 µs for a session. Throws for bytes that `packText` did not make. */
export function unpackText(packed: Buffer, isParted: boolean): string {
  const at = isParted ? headBytes + packed.readUInt16BE(2) : 0;
  if (at > packed.length) throw new RangeError('The packed text ends inside its run of bytes.');
  const text = inflateRawSync(packed.subarray(at), {
    dictionary: often,
    maxOutputLength: 4 * longest,
    chunkSize,
  }).toString('utf8');
  if (!isParted) return text;
  const position = packed.readUInt16BE(0);
  return text.slice(0, position) + packed.toString('base64url', headBytes, at) + text.slice(position);
}

interface Run {
  readonly position: number;
  readonly text: string;
}

/** The longest run that comes back as it was. */
function longestRun(value: string): Run | undefined {
  let found: Run | undefined;
  for (const { 0: text, index } of value.matchAll(runOfBytes)) {
    if (text.length <= (found?.text.length ?? 0)) continue;
    if (Buffer.from(text, 'base64url').toString('base64url') === text) found = { position: index, text };
  }
  return found;
}

function packAround(value: string, { position, text }: Run): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(position, 0);
  head.writeUInt16BE(bytes.length, 2);
  const rest = value.slice(0, position) + value.slice(position + text.length);
  return Buffer.concat([head, bytes, deflateRawSync(rest, packing)]);
}
