import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DecisionIdRange } from '../decision/decision-id.ts';
import type { EventSearch, RecordedEvent } from './audit-event.ts';
import { listAuditFiles, readTail } from './audit-file.ts';
import { parseLine } from './audit-line.ts';
import { readAt, readLineAround } from './read-around.ts';
import { type CompleteEvent, createFactsReader } from './read-facts.ts';

/** Clocks of processes on one machine, and of a machine that was set right, may differ by so much. */
const clockToleranceMs = 5_000;
/** So soon after its decision nearly every event is written; what is written later is looked for in a second pass. */
const soonMs = 2_000;
/** As long as other decisions are looked for whose ids begin in the same way. */
const soonOfManyMs = 60_000;
/** The file system's clock may be another one. */
const fileTimeToleranceMs = 86_400_000;
const chunkBytes = 1024 * 1024;
const probeBytes = 64 * 1024;

/**
 * Finds decisions' events in the files. An event is written after its decision's time, so only files that were written
 * to since are opened, those that were begun last before that time first, and each is read from the place that this
 * time names: a short way at first, and only when nothing was found on to its end, because a long download is recorded
 * when it ends. At most `maxScanBytes` are read. Rejects with the system's error when the folder cannot be read.
 */
export async function findEvents(
  directory: string,
  wanted: DecisionIdRange,
  maxScanBytes = 512 * 1024 * 1024,
): Promise<EventSearch> {
  const fromMs = wanted.fromMs - clockToleranceMs;
  const untilMs = wanted.toMs + (wanted.isWhole ? soonMs : soonOfManyMs);
  const search = createSearch(wanted, maxScanBytes);
  const rests: { readonly path: string; readonly start: number }[] = [];
  for (const path of await filesSince(directory, fromMs, wanted.toMs)) {
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      const start = await findOffset(handle, size, fromMs);
      const end = Math.min(size, (await findOffset(handle, size, untilMs)) + 4 * probeBytes);
      if (await search.scan(handle, start, end)) return search.result();
      if (end < size) rests.push({ path, start: end });
    } finally {
      await handle.close();
    }
  }
  if (search.result().events.length > 0) return search.result();
  for (const { path, start } of rests) {
    const handle = await open(path);
    try {
      if (await search.scan(handle, start, (await handle.stat()).size)) break;
    } finally {
      await handle.close();
    }
  }
  return search.result();
}

/** Files that hold lines of this time or later: those that were begun before it, the newest first, then the others. */
async function filesSince(directory: string, fromMs: number, toMs: number): Promise<readonly string[]> {
  const before: string[] = [];
  const after: string[] = [];
  for (const { name, beganAtMs } of await listAuditFiles(directory)) {
    const path = join(directory, name);
    // A look at the folder's entry spares a look into each of thousands of files.
    if ((await stat(path)).mtimeMs < fromMs - fileTimeToleranceMs) continue;
    const { last } = await readTail(directory, name);
    if (last !== undefined && last.recorded_at_ms < fromMs) continue;
    (beganAtMs > toMs ? after : before).push(path);
  }
  return [...before.toReversed(), ...after];
}

function createSearch({ prefix, isWhole }: DecisionIdRange, maxScanBytes: number) {
  const needle = Buffer.from(`"decision_id":"${prefix}${isWhole ? '"' : ''}`);
  const found = new Map<string, RecordedEvent>();
  let damaged = 0;
  let budget = maxScanBytes;
  let isComplete = true;

  const take = (read: ReadEvent): boolean => {
    if (read === 'damaged') damaged += 1;
    if (typeof read === 'string') return false;
    const { decision_id: id, type } = read.event;
    // What else happened in the course of a request may carry its id: the decision says the most.
    if (typeof id === 'string' && (type === 'decision' || !found.has(id))) found.set(id, read);
    return isWhole && type === 'decision';
  };

  return {
    /** True when nothing more has to be looked for. */
    async scan(handle: FileHandle, start: number, end: number): Promise<boolean> {
      const complete = createFactsReader(handle);
      for (let offset = start; offset < end; offset += chunkBytes) {
        if (budget <= 0) {
          isComplete = false;
          return true;
        }
        budget -= Math.min(chunkBytes, end - offset);
        const chunk = await readAt(handle, offset, chunkBytes + needle.length);
        for (let at = chunk.indexOf(needle); at >= 0; at = chunk.indexOf(needle, at + 1)) {
          if (take(await readEvent(handle, offset + at, prefix, complete))) return true;
        }
      }
      return false;
    },
    result: (): EventSearch => ({ events: [...found.values()], damaged, isComplete }),
  };
}

/** The offset of a line at or before the first one that was recorded at `fromMs` or later. */
async function findOffset(handle: FileHandle, size: number, fromMs: number): Promise<number> {
  let low = 0;
  let high = size;
  while (high - low > 4 * probeBytes) {
    const middle = Math.floor((low + high) / 2);
    const probe = await readAt(handle, middle, probeBytes);
    const lineStart = probe.indexOf(10) + 1;
    const match = /^\{"hash":"[0-9a-f]{64}","prev":"[0-9a-f]{64}","sequence":\d+,"recorded_at_ms":(\d+)/.exec(
      probe.toString('latin1', lineStart, lineStart + 300),
    );
    if (lineStart === 0 || match?.[1] === undefined) return low;
    if (Number(match[1]) < fromMs) low = middle + lineStart;
    else high = middle;
  }
  return low;
}

type ReadEvent = RecordedEvent | 'damaged' | 'other';

/** Reads the whole event around an offset; `other` when the words there are not its own decision id. */
async function readEvent(handle: FileHandle, at: number, prefix: string, complete: CompleteEvent): Promise<ReadEvent> {
  const line = await readLineAround(handle, at);
  if (line === undefined) return 'other';
  const parsed = parseLine(line.bytes);
  if (parsed.outcome === 'problem') return 'damaged';
  if (!('event' in parsed.line)) return 'other';
  const { sequence, event } = parsed.line;
  if (!event.decision_id.startsWith(prefix)) return 'other';
  const whole = await complete(event as RecordedEvent['event'], line.at);
  return whole === undefined ? 'damaged' : { sequence, event: whole };
}
