import type { FileHandle } from 'node:fs/promises';
import type { RecordedEvent } from './audit-event.ts';
import { parseLine } from './audit-line.ts';
import { type CommonFacts, factsHeldBy, wholeEvent } from './common-facts.ts';
import { furthestFactsBytes } from './facts-window.ts';
import { readAt, readLineAround } from './read-around.ts';

const chunkBytes = 1024 * 1024;

/**
 * Makes an event whole whose line begins at a place of a file, by looking back from there; `undefined` when the facts
 * that it points to are not where they have to be, or were changed.
 */
export async function findWhole(
  handle: FileHandle,
  at: number,
  event: RecordedEvent['event'],
): Promise<RecordedEvent['event'] | undefined> {
  const { facts_ref: ref } = event;
  const common = typeof ref === 'string' ? await findFacts(handle, at, ref) : undefined;
  return wholeEvent(event, () => common);
}

async function findFacts(handle: FileHandle, before: number, id: string): Promise<CommonFacts | undefined> {
  const needle = Buffer.from(`"facts_id":"${id}"`);
  const first = Math.max(0, before - furthestFactsBytes);
  let end = before;
  while (end > first) {
    const start = Math.max(first, end - chunkBytes);
    // The words may lie across the border to the stretch that was read before.
    const bytes = await readAt(handle, start, Math.min(end + needle.length, before) - start);
    const found = bytes.lastIndexOf(needle);
    if (found < 0) {
      end = start;
      continue;
    }
    const line = await readLineAround(handle, start + found);
    const common = line && factsOfLine(line.bytes, id);
    if (common !== undefined) return common;
    // Nothing else in this line is believed either.
    end = Math.min(line?.at ?? start, start + found);
  }
  return undefined;
}

function factsOfLine(bytes: Buffer, id: string): CommonFacts | undefined {
  const parsed = parseLine(bytes);
  if (parsed.outcome === 'problem' || !('event' in parsed.line)) return undefined;
  const event = parsed.line.event as RecordedEvent['event'];
  return event['facts_id'] === id ? factsHeldBy(event) : undefined;
}
