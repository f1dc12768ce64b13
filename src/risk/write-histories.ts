import { setImmediate as breathe } from 'node:timers/promises';
import { readOrDamaged } from '../state/read-or-damaged.ts';
import type { ReadResult, RecordWrite, StateStore } from '../state/state-store.ts';
import { emptyHistory, type RiskHistory } from './history.ts';
import { updateMarks } from './history-marks.ts';
import { absorbHistory } from './merge-history.ts';
import { type RememberedSession, unwrittenRequests, type WrittenHistory, writtenNow } from './remembered-session.ts';
import { formatHistory, parseHistory } from './stored-history.ts';

/** How long a history outlives its last request; its session's end removes it before. */
const keptMs = 7 * 24 * 3_600_000;
/** The end is moved when it is a day too early: moving it in its index each minute would cost half of the write. */
const laterMs = 24 * 3_600_000;

/** Sessions written in one transaction. */
const batchSize = 100;
/** The second time, what another process has written meanwhile is read. */
const attempts = 2;

type Due = readonly (readonly [sessionId: string, session: RememberedSession])[];

interface PendingWrite {
  readonly id: string;
  readonly session: RememberedSession;
  readonly write: RecordWrite;
  /** What the store will have once this is written. */
  readonly written: WrittenHistory;
}

/**
 * Takes what other processes wrote into the histories of `due` that they wrote, writes those that are in `changed` too,
 * merged with that (security-rules.md 28), and takes them out of it. Those that another process was writing at the same
 * instant stay for the next time, and so does everything that a fault of the store kept from being written.
 */
export async function writeHistories(
  store: StateStore,
  changed: Map<string, RememberedSession>,
  due: Due,
  nowMs: number,
): Promise<void> {
  // In the order of their keys, those of one transaction share pages.
  const ordered = due.toSorted(([one], [other]) => (one < other ? -1 : 1));
  for (let start = 0; start < ordered.length; start += batchSize) {
    // Thousands may be due in the same second, and requests have their turn.
    if (start > 0) await breathe();
    let batch: Due = ordered.slice(start, start + batchSize);
    for (let attempt = 0; attempt < attempts && batch.length > 0; attempt += 1) {
      batch = await writeBatch(store, changed, await prepareBatch(store, changed, batch, nowMs));
    }
  }
}

/**
 * Says what to write. What the store has is read and taken in where another process is known to have written; elsewhere the
 * write itself tells, by its version.
 */
async function prepareBatch(
  store: StateStore,
  changed: Map<string, RememberedSession>,
  batch: Due,
  nowMs: number,
): Promise<readonly PendingWrite[]> {
  const pending: PendingWrite[] = [];
  const reads = await Promise.all(
    batch.map(([id, session]) => (session.isStale ? readAnew(store, id, session) : undefined)),
  );
  for (const [index, [id, session]] of batch.entries()) {
    const isChanged = changed.get(id) === session;
    if (isChanged) changed.delete(id);
    const read = reads[index];
    if (read === 'damaged' || read?.found === 'tombstone') continue;
    if (read !== undefined && !takeIn(session, read, nowMs)) continue;
    if (isChanged) pending.push(prepareWrite(id, session, nowMs));
  }
  return pending;
}

/** What is heard while it is being read is not in it: it is stale once more then, as it is where nothing could be read. */
async function readAnew(store: StateStore, id: string, session: RememberedSession): Promise<ReadResult | 'damaged'> {
  session.isStale = false;
  try {
    return await readOrDamaged(store, 'risk_baseline', id);
  } catch (thrown) {
    session.isStale = true;
    throw thrown;
  }
}

/** False for a damaged record: it stays as it is, whoever loads it next refuses (create-risk.ts), and nobody writes a clean slate over it. */
function takeIn(session: RememberedSession, read: Exclude<ReadResult, { found: 'tombstone' }>, nowMs: number): boolean {
  const { history } = session;
  if (read.found === 'nothing') {
    session.written = writtenNow(emptyHistory(), { version: 0, expiresAtMs: undefined }, nowMs);
    return true;
  }
  if (read.record.version === session.written.version) return true;
  const kept = readKept(read.record.value, nowMs);
  if (kept === undefined) return false;
  absorbHistory(history, kept, unwrittenRequests(session));
  updateMarks(session.marks, history);
  session.written = writtenNow(kept, read.record, nowMs);
  return true;
}

function readKept(json: string, nowMs: number): RiskHistory | undefined {
  try {
    return parseHistory(json, nowMs);
  } catch {
    return undefined;
  }
}

function prepareWrite(id: string, session: RememberedSession, nowMs: number): PendingWrite {
  const { history, isUrgent, written } = session;
  // A clock that is behind must not let it expire.
  const wantedAtMs = Math.max(nowMs, history.provedAtMs) + keptMs;
  const isLateEnough =
    written.expiresAtMs !== undefined &&
    written.expiresAtMs <= wantedAtMs &&
    written.expiresAtMs > wantedAtMs - laterMs;
  const expiresAtMs = isLateEnough ? written.expiresAtMs : wantedAtMs;
  session.isUrgent = false;
  return {
    id,
    session,
    written: writtenNow(history, { version: written.version + 1, expiresAtMs }, nowMs),
    write: {
      kind: 'risk_baseline',
      key: id,
      owner: id,
      expiresAtMs,
      value: formatHistory(history),
      expectedVersion: written.version,
      isLogged: isUrgent,
    },
  };
}

/** Answers those that another process wrote meanwhile; they are in `changed` again. */
async function writeBatch(
  store: StateStore,
  changed: Map<string, RememberedSession>,
  pending: readonly PendingWrite[],
): Promise<Due> {
  if (pending.length === 0) return [];
  const putBack = ({ id, session, write }: PendingWrite): void => {
    changed.set(id, session);
    session.isUrgent ||= write.isLogged === true;
  };
  try {
    const results = await store.writeEach(pending.map(({ write }) => write));
    const again: (readonly [string, RememberedSession])[] = [];
    for (const [index, one] of pending.entries()) {
      const outcome = results[index]?.outcome;
      if (outcome === 'written') one.session.written = one.written;
      if (outcome !== 'conflict') continue;
      putBack(one);
      one.session.isStale = true;
      again.push([one.id, one.session]);
    }
    return again;
  } catch (thrown) {
    for (const one of pending) putBack(one);
    throw thrown;
  }
}
