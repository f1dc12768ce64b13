import type { RecordWrite, StateStore } from '../state/state-store.ts';
import { formatHistory, parseHistory, type RiskHistory } from './history.ts';
import { absorbHistory } from './merge-history.ts';
import { type RememberedSession, unwrittenRequests } from './remembered-session.ts';

/** How long a history outlives its last request; its session's end removes it before. */
const keptMs = 7 * 24 * 3_600_000;

/** Sessions written in one transaction. */
const batchSize = 200;

interface PendingWrite {
  readonly session: RememberedSession;
  readonly write: RecordWrite;
  /** What the store will say of the minute's count once this is written. */
  readonly count: RememberedSession['written'];
}

/**
 * Writes the histories of `changed`, merged with what other processes wrote meanwhile (security-rules.md 28), and takes them
 * out of it. Those that another process was writing at the same instant stay for the next time, and so does everything
 * that a fault of the store kept from being written.
 */
export async function writeHistories(
  store: StateStore,
  changed: Map<string, RememberedSession>,
  nowMs: number,
): Promise<void> {
  const all = [...changed];
  for (let start = 0; start < all.length; start += batchSize) {
    const pending = await mergeBatch(store, changed, all.slice(start, start + batchSize), nowMs);
    try {
      // A second time without those that lost: one busy session must not hold up the others.
      const won = await writeBatch(store, changed, pending);
      if (won.length > 0)
        for (const { write, session } of await writeBatch(store, changed, won)) changed.set(write.key, session);
    } catch (thrown) {
      for (const { write, session } of pending) changed.set(write.key, session);
      throw thrown;
    }
  }
}

/** Reads what the store has, takes it in, and says what to write. */
async function mergeBatch(
  store: StateStore,
  changed: Map<string, RememberedSession>,
  batch: readonly (readonly [sessionId: string, session: RememberedSession])[],
  nowMs: number,
): Promise<readonly PendingWrite[]> {
  const reads = await Promise.all(batch.map(([id]) => store.read('risk_baseline', id)));
  const pending: PendingWrite[] = [];
  for (const [index, [id, session]] of batch.entries()) {
    // Forgotten while we read.
    if (changed.get(id) !== session) continue;
    changed.delete(id);
    const read = reads[index];
    if (read === undefined || read.found === 'tombstone') continue;
    const { history } = session;
    if (read.found === 'record') {
      const kept = readKept(read.record.value, nowMs);
      if (kept === undefined) continue;
      absorbHistory(history, kept, unwrittenRequests(session));
      session.written = { minute: kept.rate.minute, count: kept.rate.count };
    }
    pending.push({
      session,
      count: { minute: history.rate.minute, count: history.rate.count },
      write: {
        kind: 'risk_baseline',
        key: id,
        owner: id,
        // A clock that is behind must not let it expire.
        expiresAtMs: Math.max(nowMs, history.provedAtMs) + keptMs,
        value: formatHistory(history),
        expectedVersion: read.found === 'record' ? read.record.version : 0,
        isLogged: false,
      },
    });
  }
  return pending;
}

/** A damaged record stays as it is: whoever loads it next refuses (create-risk.ts), and nobody writes a clean slate over it. */
function readKept(json: string, nowMs: number): RiskHistory | undefined {
  try {
    return parseHistory(json, nowMs);
  } catch {
    return undefined;
  }
}

/** Writes all or, when somebody else wrote one of them, none; answers those that are worth another try. */
async function writeBatch(
  store: StateStore,
  changed: Map<string, RememberedSession>,
  pending: readonly PendingWrite[],
): Promise<readonly PendingWrite[]> {
  if (pending.length === 0) return [];
  const results = await store.writeAll(pending.map(({ write }) => write));
  if (results.every(({ outcome }) => outcome === 'written')) {
    for (const { session, count } of pending) session.written = count;
    return [];
  }
  const worthAnother: PendingWrite[] = [];
  for (const [index, one] of pending.entries()) {
    const outcome = results[index]?.outcome;
    if (outcome === 'conflict') changed.set(one.write.key, one.session);
    else if (outcome === 'written') worthAnother.push(one);
  }
  return worthAnother;
}
