import { setTimeout as delay } from 'node:timers/promises';

/** How long an answer waits for streams to be decided again; they go on being decided after it. */
const settleWithinMs = 500;

/** What counts the streams of one process. */
export interface StreamsInside {
  /** Resolves when every open stream was decided again. */
  settled(): Promise<void>;
  /** How many streams were closed with these sessions, which ended a moment ago. */
  streamsOf(sessionIds: readonly string[]): number;
  /** How many streams were closed so far because they were decided again. */
  refusedStreams(): number;
}

/**
 * How many streams of this process a change closes. The end of sessions closes them by itself; anything else may be a no
 * for streams of many, which are decided again first. Call it in the same turn in which the change is applied.
 * @param ended sessions that the change ended
 */
export async function closedHere(ended: readonly string[], inside: StreamsInside): Promise<number> {
  if (ended.length > 0) return inside.streamsOf(ended);
  const before = inside.refusedStreams();
  const patience = new AbortController();
  await Promise.race([
    inside.settled(),
    delay(settleWithinMs, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
  return inside.refusedStreams() - before;
}
