import type { SessionSettings } from '../config/snapshot.ts';
import type { RecordWrite, StateStore } from '../state/state-store.ts';
import { sweepSlackMs } from './expiry.ts';
import type { SessionId } from './session.ts';
import { decodeLastSeen, encodeLastSeen } from './session-record.ts';

/** When sessions were last used: noted in memory, written in one transaction a second, merged with what other processes saw (security-rules.md 28). */
export interface Activity {
  note(id: SessionId, atMs: number): void;
  /** What is noted and not yet written. */
  pendingAtMs(id: SessionId): number | undefined;
  /** The latest that any process has written or this one has noted. */
  load(id: SessionId): Promise<number | undefined>;
  /** Writes what is noted. Rejects when the store is away; nothing is forgotten then. */
  flush(): Promise<void>;
}

/** Another process may write the same session in between; then the next second will do. */
const attempts = 3;
/** How many sessions one transaction takes: it holds the write lock of all processes. */
const batchSize = 1_000;

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

export function createActivity(store: StateStore, settings: () => SessionSettings): Activity {
  const pending = new Map<SessionId, number>();
  let running: Promise<void> | undefined;

  const planWrite = async (id: SessionId, atMs: number): Promise<RecordWrite | undefined> => {
    const stored = await store.read('last_seen', id);
    if (stored.found === 'tombstone') return undefined;
    if (stored.found === 'record' && decodeLastSeen(stored.record) >= atMs) return undefined;
    return planLastSeen(id, atMs, settings(), stored.found === 'record' ? stored.record.version : 0);
  };

  const settle = (id: SessionId, atMs: number): void => {
    if (pending.get(id) === atMs) pending.delete(id);
  };

  const writeBatch = async (batch: readonly (readonly [SessionId, number])[]): Promise<void> => {
    let open = batch;
    for (let attempt = 0; attempt < attempts && open.length > 0; attempt += 1) {
      const planned: { readonly pair: readonly [SessionId, number]; readonly write: RecordWrite }[] = [];
      for (const pair of open) {
        const write = await planWrite(...pair);
        if (write === undefined) settle(...pair);
        else planned.push({ pair, write });
      }
      if (planned.length === 0) return;
      const results = await store.writeAll(planned.map(({ write }) => write));
      open = [];
      for (const [index, { pair }] of planned.entries()) {
        if (results[index]?.outcome === 'conflict') open = [...open, pair];
        else settle(...pair);
      }
    }
  };

  const writePending = async (): Promise<void> => {
    const all = [...pending];
    for (let from = 0; from < all.length; from += batchSize) await writeBatch(all.slice(from, from + batchSize));
  };

  return {
    note(id, atMs) {
      if (atMs > (pending.get(id) ?? 0)) pending.set(id, atMs);
    },
    pendingAtMs: (id) => pending.get(id),
    async load(id) {
      const stored = await store.read('last_seen', id);
      const storedAtMs = stored.found === 'record' ? decodeLastSeen(stored.record) : undefined;
      const latest = Math.max(storedAtMs ?? 0, pending.get(id) ?? 0);
      return latest === 0 ? undefined : latest;
    },
    flush() {
      running ??= writePending().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
