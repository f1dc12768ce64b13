import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditEvent, RecordedEvent } from './audit-event.ts';
import { listAuditFiles, longestLineBytes, readTail } from './audit-file.ts';
import { type CompleteEvent, createFactsReader } from './read-facts.ts';

/** A stretch of the trail. */
export interface DecisionBatch {
  /** Events of the types that were asked for, in the order of their files. */
  readonly events: readonly RecordedEvent['event'][];
  /** Lines that are none of the trail's: cut off, changed, without the facts that they point to, or of a later Postern. */
  readonly unreadable: number;
  /** Of all bytes that there are to read, for whoever shows how far it is. */
  readonly readBytes: number;
  readonly totalBytes: number;
}

const chunkBytes = 1024 * 1024;
const lineStart = /^\{"hash":"[0-9a-f]{64}","prev":"[0-9a-f]{64}","sequence":\d+,"recorded_at_ms":(\d+),"([a-z]+)":/;
const longestStart = 256;

/**
 * Reads the decisions that were recorded since an instant, in bounded memory, however large the folder. Hashes are not
 * checked here: that is what `audit verify` is for. Rejects with the system's error when the folder cannot be read.
 */
export function readDecisions(directory: string, sinceMs: number): AsyncGenerator<DecisionBatch> {
  return readEvents(directory, sinceMs, ['decision']);
}

/** The same for events of other types. */
export async function* readEvents(
  directory: string,
  sinceMs: number,
  types: readonly AuditEvent['type'][],
): AsyncGenerator<DecisionBatch> {
  const starts = types.map((type) => `{"type":"${type}"`);
  const paths: { readonly path: string; readonly bytes: number }[] = [];
  for (const { name } of await listAuditFiles(directory)) {
    const { last } = await readTail(directory, name);
    if (last !== undefined && last.recorded_at_ms < sinceMs) continue;
    const path = join(directory, name);
    paths.push({ path, bytes: (await stat(path)).size });
  }
  const totalBytes = paths.reduce((sum, { bytes }) => sum + bytes, 0);
  let readBytes = 0;
  for (const { path } of paths) {
    const handle = await open(path);
    try {
      const complete = createFactsReader(handle);
      let rest: Buffer = Buffer.alloc(0);
      let at = 0;
      for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
        const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        readBytes += chunk.length;
        const end = bytes.lastIndexOf(10) + 1;
        rest = bytes.subarray(end);
        const isLost = rest.length > longestLineBytes;
        if (isLost) rest = Buffer.alloc(0);
        const { events, unreadable } = await readBatch(bytes.subarray(0, end), sinceMs, starts, complete, at);
        at += end + (isLost ? bytes.length - end : 0);
        yield { events, unreadable: unreadable + (isLost ? 1 : 0), readBytes, totalBytes };
      }
      // What stands behind the last line feed of a live file is a line that is just being written.
    } finally {
      await handle.close();
    }
  }
}

/** @param at where the bytes begin in their file */
async function readBatch(
  bytes: Buffer,
  sinceMs: number,
  starts: readonly string[],
  complete: CompleteEvent,
  at: number,
): Promise<Pick<DecisionBatch, 'events' | 'unreadable'>> {
  const events: RecordedEvent['event'][] = [];
  let unreadable = 0;
  for (let start = 0, end = bytes.indexOf(10); end >= 0; start = end + 1, end = bytes.indexOf(10, start)) {
    const head = lineStart.exec(bytes.toString('latin1', start, Math.min(end, start + longestStart)));
    if (head === null) unreadable += 1;
    if (head?.[2] !== 'event' || Number(head[1]) < sinceMs) continue;
    const bodyStart = start + head[0].length;
    if (!starts.some((text) => startsWith(bytes, bodyStart, text))) continue;
    const event = parseBody(bytes.subarray(bodyStart, end - 1));
    const whole = event && (await complete(event, at + start));
    if (whole === undefined) unreadable += 1;
    else events.push(whole);
  }
  return { events, unreadable };
}

function startsWith(bytes: Buffer, start: number, text: string): boolean {
  return bytes.toString('latin1', start, start + text.length) === text;
}

function parseBody(body: Buffer): RecordedEvent['event'] | undefined {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
