import { join } from 'node:path';
import { isSignedByItsKey } from './audit-key.ts';
import { type AuditLine, genesisHash, type Introduction, type Opening, type Succession } from './audit-line.ts';
import { linesPerCheckpoint } from './chain-writer.ts';
import { createFactsCheck } from './verify-facts.ts';
import { readLines } from './verify-file.ts';

/** What can be wrong with a trail. */
export type AuditProblem =
  | 'malformed'
  | 'hash_mismatch'
  | 'order_broken'
  | 'file_renamed'
  | 'file_missing'
  | 'torn_line'
  | 'signature_invalid'
  | 'key_unknown'
  | 'unsigned'
  | 'truncated'
  | 'rewritten'
  | 'written_after_end'
  | 'facts_missing'
  | 'facts_changed';

/** A place where the trail is broken. */
export interface AuditBreak {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  readonly problem: AuditProblem;
  readonly detail: string;
}

/** A chain's file as the folder has it. */
export interface ChainFile {
  readonly name: string;
  readonly opening: Opening;
}

/** A point that something outside the chain says it has: a head in the state, a succession by a later run. */
export interface ExpectedPoint {
  readonly sequence: number;
  readonly hash: string;
  readonly saidBy: string;
}

/** A key that signed in a chain. */
export interface KeyUse {
  readonly keyId: string;
  readonly file: string;
  readonly line: number;
  /** When it signed last. */
  readonly lastAtMs: number;
}

export interface ChainReport {
  readonly chain: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly lastHash: string;
  readonly lastRecordedAtMs: number;
  readonly lastSignedSequence: number;
  readonly lines: number;
  readonly events: number;
  readonly isClosed: boolean;
  readonly lastFile: string;
  readonly lastLine: number;
  /** The keys that signed it, each with the place of its first signature. */
  readonly keyUses: readonly KeyUse[];
  readonly introductions: readonly Introduction[];
  readonly firstBreak: AuditBreak | undefined;
  readonly successions: readonly (Succession & { readonly foundIn: string; readonly line: number })[];
  /** The greatest cutoff that a retention of this chain names. */
  readonly retainedBeforeMs: number;
  /** Files before the first one here; excused only by a retention. */
  readonly missingBefore: { readonly file: string; readonly recordedAtMs: number } | undefined;
  readonly torn:
    | { readonly file: string; readonly line: number; readonly bytes: number; readonly sha256: string }
    | undefined;
}

// A batch that began just below the limit may run past it by its own length.
const longestUnsigned = linesPerCheckpoint + 4096;

/** Walks one chain from its oldest file to its newest. Stops at the first break: nothing behind it can be trusted. */
export async function verifyChain(
  directory: string,
  chain: string,
  files: readonly ChainFile[],
  expected: readonly ExpectedPoint[],
): Promise<ChainReport> {
  const keyUses = new Map<string, KeyUse>();
  const introductions: Introduction[] = [];
  const successions: ChainReport['successions'][number][] = [];
  const first = files[0]?.opening.previous ?? null;
  let at = {
    sequence: first?.sequence ?? 0,
    hash: first?.hash ?? genesisHash,
    recordedAtMs: first?.recorded_at_ms ?? 0,
  };
  let state = { lines: 0, events: 0, lastSigned: 0, isClosed: false, retainedBeforeMs: Number.NEGATIVE_INFINITY };
  let lastFile = '';
  let lastLine = 0;
  let torn: ChainReport['torn'];
  const expectedAt = new Map(expected.map((point) => [point.sequence, point]));

  const report = (firstBreak: AuditBreak | undefined): ChainReport => ({
    chain,
    firstSequence: (first?.sequence ?? 0) + 1,
    lastSequence: at.sequence,
    lastHash: at.hash,
    lastRecordedAtMs: at.recordedAtMs,
    lastSignedSequence: state.lastSigned,
    lines: state.lines,
    events: state.events,
    isClosed: state.isClosed,
    lastFile,
    lastLine,
    keyUses: [...keyUses.values()],
    introductions,
    firstBreak,
    successions,
    retainedBeforeMs: state.retainedBeforeMs,
    missingBefore: first === null ? undefined : { file: first.file, recordedAtMs: first.recorded_at_ms },
    torn,
  });

  for (const [index, { name }] of files.entries()) {
    const next = files[index + 1]?.opening.previous ?? undefined;
    const checkFacts = createFactsCheck(join(directory, name));
    lastLine = 0;
    for await (const read of readLines(join(directory, name))) {
      const broken = (problem: AuditProblem, detail: string) =>
        report({ file: name, line: read.number, problem, detail });
      // What stands behind a failed write was written again in the next file.
      if (next?.is_torn === true && next.file === name && at.sequence === next.sequence) break;
      if (read.kind === 'bad') return broken(read.problem, describeBad[read.problem]);
      if (read.kind === 'torn') {
        if (index < files.length - 1) return broken('torn_line', 'The line is incomplete.');
        torn = { file: name, line: read.number, bytes: read.bytes, sha256: read.sha256 };
        break;
      }
      const problem = checkOrder(read.line, at, { chain, name, isFirst: read.number === 1 });
      if (problem !== undefined) return broken(problem.problem, problem.detail);
      const point = expectedAt.get(read.line.sequence);
      if (point !== undefined && point.hash !== read.line.hash) {
        return broken('rewritten', `${point.saidBy} names another line with this sequence number.`);
      }
      const signature = checkSignature(read.line, at, chain);
      if (signature !== undefined) return broken(signature.problem, signature.detail);

      const { line } = read;
      const facts = await checkFacts(line, read.at);
      if (facts !== undefined) return broken(facts.problem, facts.detail);
      if ('checkpoint' in line) {
        const { key_id: keyId } = line.checkpoint;
        const first = keyUses.get(keyId) ?? { keyId, file: name, line: read.number };
        keyUses.set(keyId, { ...first, lastAtMs: line.recorded_at_ms });
        state = { ...state, lastSigned: line.sequence, isClosed: line.checkpoint.is_closing };
      } else if (state.isClosed) {
        return broken('written_after_end', 'The run had signed its end before this line.');
      }
      if ('event' in line) state.events += 1;
      if ('succession' in line) successions.push({ ...line.succession, foundIn: name, line: read.number });
      if ('introduction' in line) introductions.push(line.introduction);
      if ('retention' in line) {
        state.retainedBeforeMs = Math.max(state.retainedBeforeMs, line.retention.before_ms);
      }
      at = { sequence: line.sequence, hash: line.hash, recordedAtMs: line.recorded_at_ms };
      state.lines += 1;
      lastFile = name;
      lastLine = read.number;
      if (at.sequence - Math.max(state.lastSigned, first?.sequence ?? 0) > longestUnsigned) {
        return broken('unsigned', `No signature within ${longestUnsigned} lines.`);
      }
    }
    if (next !== undefined && at.sequence !== next.sequence) {
      const detail = `The next file follows line ${next.sequence} of ${next.file}; this one ends with ${at.sequence}.`;
      const problem = next.file === name ? 'truncated' : 'file_missing';
      return report({ file: name, line: lastLine, problem, detail });
    }
  }
  return report(undefined);
}

const describeBad = {
  malformed: 'This is not a line of an audit trail.',
  hash_mismatch: 'The line was changed: its hash does not fit.',
} as const;

interface Found {
  readonly problem: AuditProblem;
  readonly detail: string;
}

function checkOrder(
  line: AuditLine,
  at: { readonly sequence: number; readonly hash: string; readonly recordedAtMs: number },
  place: { readonly chain: string; readonly name: string; readonly isFirst: boolean },
): Found | undefined {
  if (line.prev !== at.hash || line.sequence !== at.sequence + 1) {
    const detail = `A line was removed, added or moved: ${line.sequence} does not follow ${at.sequence}.`;
    return { problem: 'order_broken', detail };
  }
  if (line.recorded_at_ms < at.recordedAtMs)
    return { problem: 'order_broken', detail: 'The time of the line runs backwards.' };
  if (place.isFirst !== 'opening' in line)
    return { problem: 'order_broken', detail: 'An opening stands first in a file, and only there.' };
  if ('opening' in line && (line.opening.file !== place.name || line.opening.chain !== place.chain)) {
    return { problem: 'file_renamed', detail: `The file was written as ${line.opening.file}.` };
  }
  return undefined;
}

function checkSignature(
  line: AuditLine,
  at: { readonly sequence: number; readonly hash: string },
  chain: string,
): Found | undefined {
  if (!('checkpoint' in line)) return undefined;
  const { checkpoint } = line;
  const isOfThisPoint =
    checkpoint.chain === chain && checkpoint.sequence === at.sequence && checkpoint.hash === at.hash;
  if (!isOfThisPoint || !isSignedByItsKey(checkpoint)) {
    return { problem: 'signature_invalid', detail: 'The signature does not fit the line before it.' };
  }
  return undefined;
}
