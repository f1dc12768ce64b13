import { setImmediate as breathe } from 'node:timers/promises';
import type { SessionSettings } from '../config/snapshot.ts';
import { createDueQueue } from '../state/due-queue.ts';
import { createGrowingCache } from '../state/growing-cache.ts';
import type { RecordWrite, StateStore } from '../state/state-store.ts';
import { sweepSlackMs } from './expiry.ts';
import type { SessionId } from './session.ts';
import { decodeLastSeen, encodeLastSeen } from './session-record.ts';

/**
 * When sessions were last used: noted in memory, written once what the state says is a minute old (with a short
 * `inactivity` a thirtieth of it), merged with what other processes saw (security-rules.md 28). So what is not written
 * yet never makes the difference between idle and not, and a crash takes that much of a person's time at most.
 */
export interface Activity {
  note(id: SessionId, atMs: number): void;
  /** What is noted and not yet written. */
  pendingAtMs(id: SessionId): number | undefined;
  /** The latest that any process has written or this one has noted. */
  load(id: SessionId): Promise<number | undefined>;
  /**
   * Writes what is due, or all that is noted. Rejects when the store is away; nothing is forgotten then, and it is due again
   * at the next call.
   */
  flush(which?: 'due' | 'all'): Promise<void>;
}

/** Another process may write the same session in between; then the next second will do. */
const attempts = 3;
/** How many sessions one transaction takes: it holds the write lock of all processes, and this one's requests up. */
const batchSize = 100;
const longestDelayMs = 60_000;
/** A session may be written late by this part of its `inactivity`. */
const delayPart = 30;

/**
 * The write of when a session was last used, which goes with its session. It is due when the session would be over by then.
 * @param notBeforeMs what is not yet over at its time is not looked at again before
 */
export function planLastSeen(
  id: SessionId,
  atMs: number,
  { inactivityMs }: SessionSettings,
  expectedVersion: number,
  notBeforeMs = 0,
): RecordWrite {
  return {
    kind: 'last_seen',
    key: id,
    owner: id,
    dueAtMs: Math.max(atMs + inactivityMs + sweepSlackMs, notBeforeMs + sweepSlackMs),
    value: encodeLastSeen(atMs),
    expectedVersion,
    isLogged: false,
  };
}

export interface ActivityParts {
  readonly store: StateStore;
  readonly settings: () => SessionSettings;
  readonly now: () => number;
  /** Of how many sessions it is remembered what the state says; of others it is read. */
  readonly capacity: number;
}

export function createActivity({ store, settings, now, capacity }: ActivityParts): Activity {
  const pending = new Map<SessionId, number>();
  const due = createDueQueue<SessionId>(longestDelayMs);
  /** What the state said when this process last looked. */
  const writtenAtMs = createGrowingCache<SessionId, number>(capacity);
  let delayMs = longestDelayMs;
  let running: Promise<void> | undefined;

  const delayOf = ({ inactivityMs }: SessionSettings): number => Math.min(longestDelayMs, inactivityMs / delayPart);

  const planWrite = async (id: SessionId, atMs: number, isDueOnly: boolean): Promise<RecordWrite | undefined> => {
    const stored = await store.read('last_seen', id);
    if (stored.found === 'tombstone') {
      pending.delete(id);
      return undefined;
    }
    const storedAtMs = stored.found === 'record' ? decodeLastSeen(stored.record) : 0;
    if (storedAtMs >= atMs) {
      settle(id, atMs, storedAtMs);
      return undefined;
    }
    // Another process wrote it a moment ago: this one's turn is later.
    if (isDueOnly && now() - storedAtMs < delayMs) {
      writtenAtMs.set(id, storedAtMs);
      return undefined;
    }
    return planLastSeen(id, atMs, settings(), stored.found === 'record' ? stored.record.version : 0);
  };

  const settle = (id: SessionId, atMs: number, storedAtMs = atMs): void => {
    writtenAtMs.set(id, storedAtMs);
    if (pending.get(id) === atMs) pending.delete(id);
  };

  const writeBatch = async (batch: readonly SessionId[], isDueOnly: boolean): Promise<void> => {
    let open = batch;
    for (let attempt = 0; attempt < attempts && open.length > 0; attempt += 1) {
      const planned: { readonly id: SessionId; readonly atMs: number; readonly write: RecordWrite }[] = [];
      for (const id of open) {
        const atMs = pending.get(id);
        if (atMs === undefined) continue;
        const write = await planWrite(id, atMs, isDueOnly);
        if (write !== undefined) planned.push({ id, atMs, write });
      }
      if (planned.length === 0) return;
      const results = await store.writeAll(planned.map(({ write }) => write));
      open = [];
      for (const [index, { id, atMs }] of planned.entries()) {
        if (results[index]?.outcome === 'conflict') open = [...open, id];
        else settle(id, atMs);
      }
    }
  };

  const writeNoted = async (which: 'due' | 'all'): Promise<void> => {
    const nowMs = now();
    const delayNowMs = delayOf(settings());
    // What waits by longer delays would come too late for a stricter `inactivity`.
    const isDueOnly = which === 'due' && delayNowMs >= delayMs;
    delayMs = delayNowMs;
    const taken = due.take(nowMs).filter((id) => pending.has(id));
    const ids = isDueOnly ? [...new Set(taken)] : [...pending.keys()];
    try {
      for (let from = 0; from < ids.length; from += batchSize) {
        if (from > 0) await breathe();
        await writeBatch(ids.slice(from, from + batchSize), isDueOnly);
      }
    } finally {
      for (const id of ids) if (pending.has(id)) due.add(id, (writtenAtMs.get(id) ?? 0) + delayMs);
    }
  };

  return {
    note(id, atMs) {
      const notedAtMs = pending.get(id);
      if (notedAtMs === undefined) due.add(id, (writtenAtMs.get(id) ?? 0) + delayMs);
      if (notedAtMs === undefined || atMs > notedAtMs) pending.set(id, atMs);
    },
    pendingAtMs: (id) => pending.get(id),
    async load(id) {
      const stored = await store.read('last_seen', id);
      const storedAtMs = stored.found === 'record' ? decodeLastSeen(stored.record) : undefined;
      if (storedAtMs !== undefined) writtenAtMs.set(id, storedAtMs);
      const latest = Math.max(storedAtMs ?? 0, pending.get(id) ?? 0);
      return latest === 0 ? undefined : latest;
    },
    async flush(which = 'due') {
      if (which === 'all') await running?.catch(() => undefined);
      running ??= writeNoted(which).finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
