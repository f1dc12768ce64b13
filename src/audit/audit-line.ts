import { hash } from 'node:crypto';
import { z } from 'zod';

/** What stands before the first line of a chain. */
export const genesisHash = '0'.repeat(64);

const hashStart = '{"hash":"'.length;
const hashEnd = hashStart + 64;
/** Where the hashed part of a line begins: everything behind `{"hash":"…",` up to the line's end. */
export const hashedPartStart = hashEnd + 2;

/** A digest in lower-case hex. */
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();

/** The first line of each file: which chain it belongs to and what it follows. */
const opening = z.strictObject({
  format: z.literal(1),
  chain: z.string(),
  file: z.string(),
  pid: count,
  previous: z
    .strictObject({
      file: z.string(),
      sequence: count,
      hash: digest,
      recorded_at_ms: count,
      /** True when writing to that file failed for good: what stands behind the named line does not count. */
      is_torn: z.boolean(),
    })
    .nullable(),
});

/** A signature over the line before it. `is_closing`: the run stopped in an orderly way. */
const checkpoint = z.strictObject({
  chain: z.string(),
  sequence: count,
  hash: digest,
  at_ms: count,
  is_closing: z.boolean(),
  key_id: z.string(),
  public_key: z.string(),
  signature: z.string(),
});

/** Where the chain of an earlier run ended, as the next run found it. */
const succession = z.strictObject({
  chain: z.string(),
  file: z.string(),
  sequence: count,
  hash: digest,
  recorded_at_ms: count,
  is_clean: z.boolean(),
  /** An incomplete last line. */
  torn: z.strictObject({ bytes: count, sha256: digest }).nullable(),
});

/** Files whose last line is older than `before_ms` were removed, because the configuration says so. */
const retention = z.strictObject({ before_ms: count, removed: z.array(z.string()) });

/** A key that signs checkpoints from now on, signed for by the one of before. */
export const introductionSchema = z.strictObject({
  key_id: z.string(),
  public_key: z.string(),
  by_key_id: z.string(),
  by_public_key: z.string(),
  at_ms: count,
  signature: z.string(),
});

const event = z.looseObject({ type: z.string(), decision_id: z.string() });

const lineSchema = z.union([
  z.strictObject({ ...envelope(), event }),
  z.strictObject({ ...envelope(), opening }),
  z.strictObject({ ...envelope(), checkpoint }),
  z.strictObject({ ...envelope(), succession }),
  z.strictObject({ ...envelope(), retention }),
  z.strictObject({ ...envelope(), introduction: introductionSchema }),
]);

function envelope() {
  return { hash: digest, prev: digest, sequence: count, recorded_at_ms: count };
}

export type Opening = z.infer<typeof opening>;
export type Checkpoint = z.infer<typeof checkpoint>;
export type Succession = z.infer<typeof succession>;
export type Retention = z.infer<typeof retention>;
export type Introduction = z.infer<typeof introductionSchema>;
export type AuditLine = z.infer<typeof lineSchema>;
export type LineKind = 'event' | 'opening' | 'checkpoint' | 'succession' | 'retention' | 'introduction';

export interface EncodedLine {
  /** With its line feed. */
  readonly text: string;
  readonly hash: string;
}

/** What a line is about, as JSON: text, or bytes that were encoded before. Without characters that confuse readers (`escapeConfusing`). */
export type LineBody = string | SlabBody;

interface SlabBody {
  readonly slab: Buffer;
  readonly start: number;
  readonly end: number;
  /** What is said in front of its closing brace that was not known when it was encoded, in ASCII. */
  readonly more?: string | undefined;
}

export interface LinePlace {
  readonly previousHash: string;
  readonly sequence: number;
  readonly recordedAtMs: number;
}

/** A line is never longer than its body in UTF-8 and this. */
const mostBytesAround = 320;

/** An upper bound of what a line takes in a file, in bytes. */
export function mostBytesOfLine(body: LineBody): number {
  if (typeof body === 'string') return mostBytesAround + Buffer.byteLength(body);
  return mostBytesAround + body.end - body.start + (body.more?.length ?? 0);
}

/**
 * Writes one line of the trail into a buffer that has room for it. The hash is SHA-256 over the rest of the line, which
 * names the hash before it, so that no byte of any line can change unseen (docs/audit.md). Answers the hash and where
 * the next line begins.
 */
export function writeLine(
  target: Buffer,
  offset: number,
  { previousHash, sequence, recordedAtMs }: LinePlace,
  kind: LineKind,
  body: LineBody,
): { readonly hash: string; readonly end: number } {
  const restStart = offset + hashedPartStart;
  const head = `"prev":"${previousHash}","sequence":${sequence},"recorded_at_ms":${recordedAtMs},"${kind}":`;
  let end = restStart + target.write(head, restStart, 'latin1');
  end += typeof body === 'string' ? target.write(body, end) : copyBody(target, end, body);
  target[end] = closingBrace;
  end += 1;
  const lineHash = hash('sha256', target.subarray(restStart, end));
  target.write(`{"hash":"${lineHash}",`, offset, 'latin1');
  target[end] = lineFeed;
  return { hash: lineHash, end: end + 1 };
}

function copyBody(target: Buffer, offset: number, { slab, start, end, more }: SlabBody): number {
  if (more === undefined) return slab.copy(target, offset, start, end);
  const copied = slab.copy(target, offset, start, end - 1);
  return copied + target.write(`${more}}`, offset + copied, 'latin1');
}

const closingBrace = 0x7d;
const lineFeed = 0x0a;

/** Makes one line on its own; see `writeLine`. */
export function encodeLine(
  previousHash: string,
  sequence: number,
  recordedAtMs: number,
  kind: LineKind,
  bodyJson: string,
): EncodedLine {
  const target = Buffer.allocUnsafe(mostBytesOfLine(bodyJson));
  const line = writeLine(target, 0, { previousHash, sequence, recordedAtMs }, kind, bodyJson);
  return { text: target.toString('utf8', 0, line.end), hash: line.hash };
}

export type ParsedLine =
  | { readonly outcome: 'line'; readonly line: AuditLine }
  | { readonly outcome: 'problem'; readonly problem: 'malformed' | 'hash_mismatch' };

/** Reads one line (without its line feed) and checks its own hash. Whether it follows the line before is the caller's question. */
export function parseLine(bytes: Buffer): ParsedLine {
  if (bytes.length <= hashedPartStart || bytes.toString('latin1', 0, hashStart) !== '{"hash":"') {
    return { outcome: 'problem', problem: 'malformed' };
  }
  if (bytes.toString('latin1', hashStart, hashEnd) !== hash('sha256', bytes.subarray(hashedPartStart))) {
    return { outcome: 'problem', problem: 'hash_mismatch' };
  }
  const line = lineSchema.safeParse(parseJson(bytes.toString('utf8')));
  return line.success ? { outcome: 'line', line: line.data } : { outcome: 'problem', problem: 'malformed' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
