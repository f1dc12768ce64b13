import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { type AppendFile, type CreateFile, openAppendFile } from './append-file.ts';
import { makeFileName } from './audit-file.ts';
import type { AuditSigner } from './audit-key.ts';
import { encodeLine, genesisHash, type LineKind, type Opening } from './audit-line.ts';
import { encodeSlice, type Position } from './encode-slice.ts';
import type { Entry } from './entry.ts';
import { createStandingFacts } from './standing-facts.ts';

/** Encoding stops for the event loop after so many events: about a millisecond. */
const eventsPerSlice = 64;

/** A chain may not run on unsigned for longer than this many lines. */
export const linesPerCheckpoint = 4096;

/** A point of the chain: a line that is written. */
export interface ChainPoint {
  readonly chain: string;
  readonly file: string;
  readonly sequence: number;
  readonly hash: string;
  readonly recordedAtMs: number;
}

export interface ChainWriter {
  /** The newest line that is written; `undefined` before the first. */
  point(): ChainPoint | undefined;
  /** Lines since the last signature. */
  unsignedLines(): number;
  /** Writes all or none; with `isDurable` they are on the disk afterwards. Throws the system's error. One call at a time. */
  write(entries: readonly Entry[], isDurable: boolean): Promise<void>;
  /** From now on checkpoints are signed with another key. */
  signWith(next: AuditSigner): void;
  /** Writes a signature over the newest line and brings the file to the disk. */
  sign(isClosing: boolean): Promise<ChainPoint>;
  /** Goes on in a new file when this one is full. Answers whether it did. Costs nothing when it is not. */
  rotateIfFull(): Promise<boolean>;
  /** The same, also when somebody moved or removed the file, which has to be looked up. */
  rotateIfDue(): Promise<boolean>;
  close(): Promise<void>;
}

export interface ChainWriterDependencies {
  readonly directory: string;
  readonly rotateBytes: number;
  readonly pid: number;
  readonly signer: AuditSigner;
  readonly now: () => number;
  readonly random: () => number;
  readonly create: CreateFile;
}

/** Writes the chain of one run: a row of files, each of which begins by naming the end of the one before. */
export function createChainWriter(dependencies: ChainWriterDependencies): ChainWriter {
  const { directory, rotateBytes, pid, now, random, create } = dependencies;
  let { signer } = dependencies;
  let file: AppendFile | undefined;
  let fileName = '';
  let chain = '';
  let beganAtMs = 0;
  let isFileAbandoned = false;
  let unsigned = 0;
  const facts = createStandingFacts();
  let at: Position = { sequence: 0, hash: genesisHash, recordedAtMs: 0 };

  function encodeNext(from: Position, kind: LineKind, body: string): { readonly text: string; readonly to: Position } {
    const sequence = from.sequence + 1;
    // The search for an event relies on times that never go back, whatever the clock does.
    const recordedAtMs = Math.max(from.recordedAtMs, now());
    const line = encodeLine(from.hash, sequence, recordedAtMs, kind, body);
    return { text: line.text, to: { sequence, hash: line.hash, recordedAtMs } };
  }

  async function beginFile(): Promise<AppendFile> {
    // Names of one chain sort in its order, whatever the clock does.
    beganAtMs = Math.max(now(), beganAtMs + 1);
    const name = makeFileName(beganAtMs, pid, random);
    const opening: Opening = {
      format: 1,
      chain: chain === '' ? name.slice(0, 26) : chain,
      file: name,
      pid,
      previous:
        at.sequence === 0
          ? null
          : {
              file: fileName,
              sequence: at.sequence,
              hash: at.hash,
              recorded_at_ms: at.recordedAtMs,
              is_torn: isFileAbandoned,
            },
    };
    const path = join(directory, name);
    const next = await openAppendFile(path, create);
    const line = encodeNext(at, 'opening', JSON.stringify(opening));
    try {
      await next.append([Buffer.from(line.text)]);
    } catch (error) {
      await next.close().catch(() => undefined);
      await unlink(path).catch(() => undefined);
      throw error;
    }
    await file?.close().catch(() => undefined);
    file = next;
    facts.clear();
    fileName = name;
    chain = opening.chain;
    isFileAbandoned = false;
    at = line.to;
    unsigned += 1;
    return next;
  }

  async function ensureFile(): Promise<AppendFile> {
    if (file === undefined || isFileAbandoned) return beginFile();
    try {
      await file.restore();
      return file;
    } catch {
      isFileAbandoned = true;
      return beginFile();
    }
  }

  async function commit(
    target: AppendFile,
    buffers: readonly Buffer[],
    to: Position,
    lines: number,
    isDurable: boolean,
  ): Promise<void> {
    if (buffers.length > 0) await target.append(buffers);
    if (isDurable) await sync(target);
    at = to;
    unsigned += lines;
  }

  async function sync(target: AppendFile): Promise<void> {
    try {
      await target.sync();
    } catch (error) {
      // After a failed sync the system may have thrown the pages away: only a new file can be trusted.
      isFileAbandoned = true;
      throw error;
    }
  }

  async function sign(isClosing: boolean): Promise<ChainPoint> {
    const target = await ensureFile();
    const statement = {
      chain,
      sequence: at.sequence,
      hash: at.hash,
      at_ms: Math.max(at.recordedAtMs, now()),
      is_closing: isClosing,
    };
    const { kid, x } = signer.publicKey;
    const body = { ...statement, key_id: kid, public_key: x, signature: signer.sign(statement) };
    const line = encodeNext(at, 'checkpoint', JSON.stringify(body));
    await commit(target, [Buffer.from(line.text)], line.to, 1, true);
    unsigned = 0;
    return { chain, file: fileName, ...at };
  }

  async function rotate(): Promise<true> {
    await sign(false);
    await beginFile();
    return true;
  }

  return {
    point: () => (at.sequence === 0 ? undefined : { chain, file: fileName, ...at }),
    unsignedLines: () => unsigned,
    async write(entries, isDurable) {
      const target = await ensureFile();
      const buffers: Buffer[] = [];
      let position = at;
      let end = target.bytes();
      try {
        for (let start = 0; start < entries.length; start += eventsPerSlice) {
          if (start > 0) await yieldToEventLoop();
          const slice = encodeSlice(entries.slice(start, start + eventsPerSlice), position, now, { at: end, facts });
          buffers.push(...slice.buffers);
          position = slice.to;
          end = slice.end;
        }
        await commit(target, buffers, position, entries.length, isDurable);
      } catch (error) {
        // What was to hold facts may not stand in the file.
        facts.clear();
        throw error;
      }
    },
    sign,
    signWith(next) {
      signer = next;
    },
    async rotateIfFull() {
      return file !== undefined && file.bytes() >= rotateBytes ? rotate() : false;
    },
    async rotateIfDue() {
      if (file === undefined) return false;
      const isInPlace = await file.isInPlace();
      if (isInPlace && file.bytes() < rotateBytes) return false;
      try {
        return await rotate();
      } catch (error) {
        // What goes on into a file that nobody will find is not recorded: writing fails until a new one can be begun.
        if (!isInPlace) isFileAbandoned = true;
        throw error;
      }
    },
    async close() {
      await file?.close();
      file = undefined;
    },
  };
}
