import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeTime } from 'ulid';
import type { DecisionId } from '../decision/decision-id.ts';
import type { JsonValue, RecordedEvent } from './audit-event.ts';
import { listAuditFiles, longestLineBytes, readTail } from './audit-file.ts';
import { parseLine } from './audit-line.ts';

/** Clocks of processes on one machine, and of a machine that was set right, may differ by so much. */
const clockToleranceMs = 5_000;
const chunkBytes = 1024 * 1024;
const probeBytes = 64 * 1024;

/**
 * Finds a decision's event in the files. An event is written after its decision's time, so the search begins at the
 * file and the place in it that this time names, and goes on until `maxScanBytes` were read: a long download is
 * recorded when it ends.
 */
export async function findEvent(
  directory: string,
  id: DecisionId,
  maxScanBytes = 512 * 1024 * 1024,
): Promise<RecordedEvent | undefined> {
  const fromMs = decodeTime(id.slice('dec_'.length)) - clockToleranceMs;
  const needle = Buffer.from(`"decision_id":"${id}"`);
  let budget = maxScanBytes;
  for (const { name } of await listAuditFiles(directory)) {
    const path = join(directory, name);
    const { last } = await readTail(directory, name);
    if (last === undefined || last.recorded_at_ms < fromMs) continue;
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      const start = await findOffset(handle, size, fromMs);
      const found = await scan(handle, start, Math.min(size, start + budget), needle);
      if (found !== undefined) return found;
      budget -= size - start;
    } finally {
      await handle.close();
    }
    if (budget <= 0) return undefined;
  }
  return undefined;
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

async function scan(
  handle: FileHandle,
  start: number,
  end: number,
  needle: Buffer,
): Promise<RecordedEvent | undefined> {
  for (let offset = start; offset < end; offset += chunkBytes) {
    const chunk = await readAt(handle, offset, chunkBytes + needle.length);
    for (let at = chunk.indexOf(needle); at >= 0; at = chunk.indexOf(needle, at + 1)) {
      const found = await readEvent(handle, offset + at, needle);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Reads the whole line around an offset; `undefined` when the words there are not its own decision id. */
async function readEvent(handle: FileHandle, at: number, needle: Buffer): Promise<RecordedEvent | undefined> {
  for (let reach = probeBytes; reach <= longestLineBytes; reach *= 4) {
    const from = Math.max(0, at - reach);
    const bytes = await readAt(handle, from, at - from + reach);
    const lineStart = bytes.lastIndexOf(10, at - from) + 1;
    const lineEnd = bytes.indexOf(10, at - from);
    if ((lineStart === 0 && from > 0) || lineEnd < 0) continue;
    const parsed = parseLine(bytes.subarray(lineStart, lineEnd));
    if (parsed.outcome !== 'line' || !('event' in parsed.line)) return undefined;
    const event = parsed.line.event as Readonly<Record<string, JsonValue>> & { readonly decision_id: string };
    if (!needle.includes(event.decision_id)) return undefined;
    return { sequence: parsed.line.sequence, event };
  }
  return undefined;
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
