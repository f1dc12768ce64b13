import { setImmediate as breathe } from 'node:timers/promises';
import type { SessionSettings } from '../config/snapshot.ts';
import { createDueQueue } from '../state/due-queue.ts';
import { createGrowingCache } from '../state/growing-cache.ts';
import { readOrDamaged } from '../state/read-or-damaged.ts';
import type { ReadResult, RecordWrite, StateStore } from '../state/state-store.ts';
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
  /** The same of what the store has just answered for it. */
  learn(id: SessionId, read: ReadResult | undefined): number | undefined;
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

/** What the state has of a session's last use. */
interface Written {
  readonly atMs: number;
  readonly version: number;
  readonly dueAtMs: number | undefined;
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
  /** What the state said when this process last looked or wrote. */
  const written = createGrowingCache<SessionId, Written>(capacity);
  let delayMs = longestDelayMs;
  let running: Promise<void> | undefined;

  const delayOf = ({ inactivityMs }: SessionSettings): number => Math.min(longestDelayMs, inactivityMs / delayPart);

  const note = (id: SessionId, atMs: number): void => {
    const notedAtMs = pending.get(id);
    if (notedAtMs === undefined) due.add(id, (written.get(id)?.atMs ?? 0) + delayMs);
    if (notedAtMs === undefined || atMs > notedAtMs) pending.set(id, atMs);
  };

  const forget = (id: SessionId): void => {
    pending.delete(id);
    written.delete(id);
  };

  const keep = (id: SessionId, read: ReadResult | undefined): Written | undefined => {
    if (read?.found !== 'record') return undefined;
    const { record } = read;
    const kept = { atMs: decodeLastSeen(record), version: record.version, dueAtMs: record.dueAtMs };
    written.set(id, kept);
    return kept;
  };

  const learn = (id: SessionId, read: ReadResult | undefined): number | undefined => {
    const latest = Math.max(keep(id, read)?.atMs ?? 0, pending.get(id) ?? 0);
    return latest === 0 ? undefined : latest;
  };

  /** `undefined` where there is nothing to write. */
  const planWrite = async (id: SessionId, atMs: number, isDueOnly: boolean): Promise<RecordWrite | undefined> => {
    let before = written.get(id);
    if (before === undefined) {
      const read = await readOrDamaged(store, 'last_seen', id);
      // This process has seen the person, so it is written anew.
      if (read === 'damaged') return { ...planLastSeen(id, atMs, settings(), 0), expectedVersion: 'any' };
      if (read.found === 'tombstone') {
        forget(id);
        return undefined;
      }
      before = keep(id, read) ?? { atMs: 0, version: 0, dueAtMs: undefined };
    }
    if (before.atMs >= atMs) {
      settle(id, atMs, before);
      return undefined;
    }
    // Another process wrote it a moment ago: this one's turn is later.
    if (isDueOnly && now() - before.atMs < delayMs) return undefined;
    const write = planLastSeen(id, atMs, settings(), before.version);
    const { dueAtMs } = before;
    // Looked at too early is looked at once more; moving it in its index each minute would cost half of the write.
    const isSoonEnough = dueAtMs !== undefined && dueAtMs > now() && dueAtMs < (write.dueAtMs ?? 0);
    return isSoonEnough ? { ...write, dueAtMs } : write;
  };

  const settle = (id: SessionId, atMs: number, now: Written): void => {
    written.set(id, now);
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
      const results = await store.writeEach(planned.map(({ write }) => write));
      const again: SessionId[] = [];
      for (const [index, { id, atMs, write }] of planned.entries()) {
        const result = results[index];
        if (result?.outcome === 'written') settle(id, atMs, { atMs, version: result.version, dueAtMs: write.dueAtMs });
        else if (result?.outcome === 'buried') forget(id);
        else {
          // Another process was first: what it wrote is read.
          written.delete(id);
          again.push(id);
        }
      }
      open = again;
    }
  };

  const writeNoted = async (which: 'due' | 'all'): Promise<void> => {
    const nowMs = now();
    const delayNowMs = delayOf(settings());
    // What waits by longer delays would come too late for a stricter `inactivity`.
    const isDueOnly = which === 'due' && delayNowMs >= delayMs;
    delayMs = delayNowMs;
    const taken = due.take(nowMs).filter((id) => pending.has(id));
    // In the order of their keys, those of one transaction share pages.
    const ids = (isDueOnly ? [...new Set(taken)] : [...pending.keys()]).sort();
    try {
      for (let from = 0; from < ids.length; from += batchSize) {
        if (from > 0) await breathe();
        await writeBatch(ids.slice(from, from + batchSize), isDueOnly);
      }
    } finally {
      for (const id of ids) if (pending.has(id)) due.add(id, (written.get(id)?.atMs ?? 0) + delayMs);
    }
  };

  return {
    note,
    pendingAtMs: (id) => pending.get(id),
    load: async (id) => learn(id, await store.read('last_seen', id)),
    learn,
    async flush(which = 'due') {
      if (which === 'all') await running?.catch(() => undefined);
      running ??= writeNoted(which).finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
