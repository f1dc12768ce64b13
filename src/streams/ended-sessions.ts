import { LRUCache } from 'lru-cache';
import type { StreamRegistry } from './stream-registry.ts';

/** Sessions that ended a moment ago, with how many streams each had open here. */
export interface EndedSessions {
  note(sessionId: string, streams: number): void;
  /** How many streams were closed for these, as far as it is still known. */
  streamsOf(sessionIds: readonly string[]): number;
  /**
   * The registry, closed to these sessions: a request that was allowed just before its session ended must not begin to
   * be carried after all have confirmed the end (SECURITY.md 26).
   */
  guard(streams: StreamRegistry): StreamRegistry;
}

/** Longer than a decision can take that began before the end. */
const rememberedMs = 60_000;
const remembered = 10_000;

export function createEndedSessions(): EndedSessions {
  const ended = new LRUCache<string, number>({ max: remembered, ttl: rememberedMs });
  const isEnded = (sessionId: string | undefined) => ended.size > 0 && sessionId !== undefined && ended.has(sessionId);
  return {
    note: (sessionId, streams) => void ended.set(sessionId, streams),
    streamsOf: (sessionIds) => sessionIds.reduce((sum, id) => sum + (ended.peek(id) ?? 0), 0),
    guard: (streams) => ({
      ...streams,
      carry(request) {
        streams.carry(request);
        if (isEnded(request.sessionId)) request.socket.destroy();
      },
      add(stream) {
        if (isEnded(stream.sessionId)) stream.socket.destroy();
        return streams.add(stream);
      },
    }),
  };
}
