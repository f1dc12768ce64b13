import { setImmediate as breathe } from 'node:timers/promises';
import type { RecordWrite, StateStore } from '../state/state-store.ts';
import { formatHistory, parseHistory, type RiskHistory } from './history.ts';
import { updateMarks } from './history-marks.ts';
import { absorbHistory } from './merge-history.ts';
import { type RememberedSession, unwrittenRequests, type WrittenHistory, writtenNow } from './remembered-session.ts';

/** How long a history outlives its last request; its session's end removes it before. */
const keptMs = 7 * 24 * 3_600_000;

/** Sessions written in one transaction. */
const batchSize = 50;

interface PendingWrite {
  readonly session: RememberedSession;
  readonly write: RecordWrite;
  /** What the store will have once this is written. */
  readonly written: WrittenHistory;
}

/**
 * Takes what other processes wrote into the histories of `due`, writes those that are in `changed` too, merged with that
 * (security-rules.md 28), and takes them out of it. Those that another process was writing at the same instant stay for
 * the next time, and so does everything that a fault of the store kept from being written.
 */
export async function writeHistories(
  store: StateStore,
  changed: Map<string, RememberedSession>,
  due: readonly (readonly [sessionId: string, session: RememberedSession])[],
  nowMs: number,
): Promise<void> {
  for (let start = 0; start < due.length; start += batchSize) {
    // Thousands may be due in the same second, and requests have their turn.
    if (start > 0) await breathe();
    const pending = await mergeBatch(store, changed, due.slice(start, start + batchSize), nowMs);
    try {
      // A second time without those that lost: one busy session must not hold up the others.
      const won = await writeBatch(store, changed, pending);
      if (won.length > 0) for (const one of await writeBatch(store, changed, won)) putBack(changed, one);
    } catch (thrown) {
      for (const one of pending) putBack(changed, one);
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
    session.isStale = false;
    const isChanged = changed.get(id) === session;
    if (isChanged) changed.delete(id);
    const read = reads[index];
    if (read === undefined || read.found === 'tombstone') continue;
    const version = read.found === 'record' ? read.record.version : 0;
    const { history } = session;
    if (read.found === 'record' && version !== session.written.version) {
      const kept = readKept(read.record.value, nowMs);
      if (kept === undefined) continue;
      absorbHistory(history, kept, unwrittenRequests(session));
      updateMarks(session.marks, history);
      session.written = writtenNow(kept, version, nowMs);
    }
    if (!isChanged) continue;
    pending.push({
      session,
      written: writtenNow(history, version + 1, nowMs),
      write: {
        kind: 'risk_baseline',
        key: id,
        owner: id,
        // A clock that is behind must not let it expire.
        expiresAtMs: Math.max(nowMs, history.provedAtMs) + keptMs,
        value: formatHistory(history),
        expectedVersion: version,
        isLogged: session.isUrgent,
      },
    });
    session.isUrgent = false;
  }
  return pending;
}

function putBack(changed: Map<string, RememberedSession>, { write, session }: PendingWrite): void {
  changed.set(write.key, session);
  session.isUrgent ||= write.isLogged === true;
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
    for (const { session, written } of pending) session.written = written;
    return [];
  }
  const worthAnother: PendingWrite[] = [];
  for (const [index, one] of pending.entries()) {
    const outcome = results[index]?.outcome;
    if (outcome === 'conflict') putBack(changed, one);
    else if (outcome === 'written') worthAnother.push(one);
  }
  return worthAnother;
}
