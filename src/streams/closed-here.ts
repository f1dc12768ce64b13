import { setTimeout as delay } from 'node:timers/promises';
import type { WrittenChange } from '../state/confirming-store.ts';

/** How long an answer waits for streams to be decided again; they go on being decided after it. */
const settleWithinMs = 500;

/** What counts the streams of one process. */
export interface StreamCounts {
  /** Resolves when every open stream was decided again. */
  settled(): Promise<void>;
  /** How many streams were closed with these sessions, which ended a moment ago. */
  streamsOf(sessionIds: readonly string[]): number;
  /** How many streams were closed in the last so many milliseconds because they were decided again. */
  refusedWithin(ageMs: number): number;
}

/**
 * How many streams of this process a change has closed. The end of sessions closes them by itself; anything else may be
 * a no for streams of many, which are decided again first. They may have heard of it before they were asked: all are
 * counted that were closed since the write began.
 */
export async function closedHere(
  { ended, beganAtMs }: Pick<WrittenChange, 'ended' | 'beganAtMs'>,
  counts: StreamCounts,
  machineMs: () => number,
): Promise<number> {
  if (ended.length > 0) return counts.streamsOf(ended);
  const patience = new AbortController();
  await Promise.race([
    counts.settled(),
    delay(settleWithinMs, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
  return counts.refusedWithin(machineMs() - beganAtMs);
}
