import { LRUCache } from 'lru-cache';
import type { SessionId } from './session.ts';

/** Which sessions this process has seen used lately. Unlike the memory of records it outlives their changes. */
export interface RecentUse {
  note(id: SessionId, atMs: number): void;
  /** Those used since then; the others are forgotten. */
  since(sinceMs: number): readonly SessionId[];
}

/** @param capacity how many are remembered at most; the one that was used longest ago goes first */
export function createRecentUse(capacity: number): RecentUse {
  const usedAtMs = new LRUCache<SessionId, number>({ max: capacity });
  return {
    note: (id, atMs) => void usedAtMs.set(id, atMs),
    since(sinceMs) {
      for (const [id, atMs] of [...usedAtMs.entries()]) if (atMs < sinceMs) usedAtMs.delete(id);
      return [...usedAtMs.keys()];
    },
  };
}
