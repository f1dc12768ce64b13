import type { FileHandle } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import type { RecordedEvent } from './audit-event.ts';
import { parseLine } from './audit-line.ts';
import { type CommonFacts, type FactsPointer, factsHeldBy, pointerOf, wholeEvent } from './common-facts.ts';
import { readLineFrom } from './read-around.ts';

/** Makes events whole that point to facts in their file. */
export type CompleteEvent = (
  event: RecordedEvent['event'],
  /** Where its line begins. */
  at: number,
) => Promise<RecordedEvent['event'] | undefined>;

/** In bytes of their lines. Others are read again. */
const mostKeptBytes = 8 * 1024 * 1024;

interface HeldFacts {
  readonly id: string;
  readonly common: CommonFacts;
  readonly bytes: number;
}

/** One file's. Answers `undefined` where the facts are not in front of the line, or are others than its name for them says. */
export function createFactsReader(handle: FileHandle): CompleteEvent {
  const kept = new LRUCache<number, HeldFacts>({ maxSize: mostKeptBytes, sizeCalculation: ({ bytes }) => bytes });
  async function find({ id, at }: FactsPointer): Promise<CommonFacts | undefined> {
    const held = kept.get(at) ?? (await readHeld(handle, at));
    if (held !== undefined) kept.set(at, held);
    return held?.id === id ? held.common : undefined;
  }
  return async (event, at) => {
    const pointer = pointerOf(event, at);
    return wholeEvent(event, pointer && (await find(pointer)));
  };
}

/** True when the line to which somebody points holds those facts. */
export async function holdsFacts(handle: FileHandle, { id, at }: FactsPointer): Promise<boolean> {
  return (await readHeld(handle, at))?.id === id;
}

/** Nothing of a line is believed that was changed or does not begin there, nor facts that are not those that their name was made of. */
async function readHeld(handle: FileHandle, at: number): Promise<HeldFacts | undefined> {
  const bytes = await readLineFrom(handle, at);
  const parsed = bytes && parseLine(bytes);
  if (parsed?.outcome !== 'line' || !('event' in parsed.line)) return undefined;
  const event = parsed.line.event as RecordedEvent['event'];
  const common = factsHeldBy(event);
  return common && { id: String(event['facts_id']), common, bytes: bytes?.length ?? 0 };
}
