import { LRUCache } from 'lru-cache';
import type { StreamRegistry } from './stream-registry.ts';

/** Sessions that ended a moment ago, with how many streams each had open here. */
export interface EndedSessions<Id extends string = string> {
  note(sessionId: Id, streams: number): void;
  /** How many streams were closed with these, as far as it is still known. */
  streamsOf(sessionIds: readonly string[]): number;
  /**
   * The registry, closed to these sessions: a request that was allowed just before its session ended must not go on
   * once all have confirmed the end (security-rules.md 26).
   * @param closeOf closes what a session has open, as at its end
   * @param fence hears of changes first where nobody has for a while; true when there were any. Throws when it cannot.
   */
  guard(streams: StreamRegistry, closeOf: (sessionId: Id) => void, fence: () => boolean): StreamRegistry;
}

/** Longer than a decision can take that began before the end. */
const rememberedMs = 60_000;
const remembered = 10_000;

export function createEndedSessions<Id extends string>(): EndedSessions<Id> {
  const ended = new LRUCache<string, { readonly id: Id; readonly streams: number }>({
    max: remembered,
    ttl: rememberedMs,
  });
  const endedOne = (sessionId: string | undefined): Id | undefined =>
    ended.size === 0 || sessionId === undefined ? undefined : ended.get(sessionId)?.id;
  return {
    note: (id, streams) => void ended.set(id, { id, streams }),
    streamsOf: (sessionIds) => sessionIds.reduce((sum, id) => sum + (ended.peek(id)?.streams ?? 0), 0),
    guard: (streams, closeOf, fence) => ({
      ...streams,
      carry(request) {
        const isNews = fence();
        streams.carry(request);
        const id = endedOne(request.sessionId);
        if (id !== undefined) closeOf(id);
        // It was decided before something changed that may concern it: as a stream it is decided again at once.
        else if (isNews) streams.promote(request);
      },
      add(stream) {
        const forget = streams.add(stream);
        const id = endedOne(stream.sessionId);
        if (id !== undefined) closeOf(id);
        return forget;
      },
    }),
  };
}
