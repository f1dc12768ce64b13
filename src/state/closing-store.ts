import { Fault, toFault } from '../decision/fault.ts';
import { type Closure, changeOfClosure, type KeptIn, nameOfClosure, nameOfRecord } from './closure.ts';
import { createDiskAttempts, type OnDisk } from './disk-attempts.ts';
import { createLease } from './lease.ts';
import { listAround } from './list-around.ts';
import type { Reserve } from './reserve.ts';
import { settleClosures } from './settle-closures.ts';
import type { Change, FollowingStore, ReadResult, RecordKind, RecordWrite, WriteResult } from './state-store.ts';
import { createWaitingClosures } from './waiting-closures.ts';

/** A store whose closing calls hold although the disk takes nothing (security-rules.md 40, 52). */
export interface ClosingStore extends FollowingStore {
  /** Hears, in the course of the call that did it, that something is not in the state file but elsewhere. */
  onKept(listener: (where: Exclude<KeptIn, 'state'>) => void): void;
  /** What stands in this process's memory alone: other processes have to be told. */
  inMemory(): readonly Closure[];
  /** Goes by what another process has in memory, from now on. */
  adopt(closures: readonly Closure[]): void;
  /** How much waits to be written. */
  waiting(): number;
  /** Writes what waits, as far as the disk lets it, and makes the reserve again. Never rejects. */
  settle(): Promise<void>;
}

export interface ClosingStoreParts {
  readonly inner: FollowingStore;
  readonly reserve: Reserve;
  /** Learns the data keys that other processes have made. */
  readonly learnKeys: () => Promise<void>;
  /** Runs `work` while no other process of the machine does the same. */
  readonly exclusively: <Result>(work: () => Result) => Result;
  readonly now: () => number;
  readonly monotonicNow?: () => number;
  /** The last key that a session can have that began until then. */
  readonly lastSessionKeyAt: (atMs: number) => string;
  /** Whether this process writes what waits, and goes by a reserve that nobody can read any more. One process does. */
  readonly keepsHouse: boolean;
  readonly onDisk: OnDisk;
}

/** More in memory would be a leak; then a closing call fails like any other. */
const mostInMemory = 10_000;
/** Longer than any session. */
const buriedForMs = 400 * 86_400_000;

export function createClosingStore(parts: ClosingStoreParts): ClosingStore {
  const { inner, reserve, now, monotonicNow = () => performance.now() } = parts;
  const waiting = createWaitingClosures();
  const listeners = new Set<(change: Change) => void>();
  const keptListeners = new Set<(where: Exclude<KeptIn, 'state'>) => void>();
  let inReserve: readonly Closure[] = [];
  let inMemory: readonly Closure[] = [];
  let lookedAt = -1;
  let isBehind = false;
  const { attempt, noteDisk } = createDiskAttempts(reserve, parts.onDisk);
  const lease = createLease(monotonicNow);

  const through = (atMs: number): Closure => ({
    type: 'through',
    kind: 'session',
    throughKey: parts.lastSessionKeyAt(atMs),
    cause: 'admin',
    sinceMs: now(),
    untilMs: now() + buriedForMs,
  });

  function refresh(): void {
    for (const closure of waiting.replace([...inReserve, ...inMemory])) {
      lease.heard();
      const change = changeOfClosure(closure);
      for (const listener of listeners) listener(change);
    }
  }

  /** Costs what a look at memory costs: another process may have taken something away since. */
  function look(isThorough: boolean): void {
    lease.begin();
    const news = reserve.look(isThorough);
    if (news.kind !== 'same') isBehind = news.kind === 'unlearned';
    if (news.kind === 'closures') {
      inReserve = news.closures;
      refresh();
    }
    lease.end();
  }

  /** Nothing that is remembered may be used before it is known what the reserve takes away. */
  async function learn(): Promise<void> {
    await parts.learnKeys();
    look(true);
    if (isBehind) throw unlearned();
  }

  function lookOrLearn(isThorough: boolean): Promise<void> | undefined {
    look(isThorough);
    return isBehind ? learn() : undefined;
  }

  function lookEachMillisecond(): Promise<void> | undefined {
    const at = Math.floor(monotonicNow());
    if (at !== lookedAt) {
      look(false);
      lookedAt = at;
    }
    return isBehind ? learn() : undefined;
  }

  /** What was lost is looked for once: at the start, since a running process has it in memory. */
  function begin(): void {
    const news = reserve.look(true);
    if (news.kind === 'closures') inReserve = news.closures;
    if (news.kind === 'lost' && parts.keepsHouse) inMemory = [through(news.atMs)];
    waiting.replace([...inReserve, ...inMemory]);
    if (parts.keepsHouse && waiting.isEmpty()) reserve.restore();
  }

  function drop(name: string): void {
    inMemory = inMemory.filter((closure) => nameOfClosure(closure) !== name);
    if (inReserve.some((closure) => nameOfClosure(closure) === name)) rewrite(new Set([name]));
    refresh();
  }

  /** Takes these out of the reserve, whoever has written to it meanwhile. */
  function rewrite(without: ReadonlySet<string>): void {
    parts.exclusively(() => {
      look(true);
      const left = inReserve.filter((closure) => !without.has(nameOfClosure(closure)));
      if (reserve.write(left)) inReserve = left;
    });
  }

  function keep(closure: Closure): Exclude<KeptIn, 'state'> {
    const isWritten = parts.exclusively(() => {
      look(true);
      const name = nameOfClosure(closure);
      const all = [...[...inReserve, ...inMemory].filter((one) => nameOfClosure(one) !== name), closure];
      // Where there is no room to say which sessions, all are meant that there are.
      const shorter = [...all.filter(({ type }) => type === 'put'), through(now())];
      const written = [all, shorter].find((list) => reserve.write(list));
      if (written === undefined) return false;
      inReserve = written;
      inMemory = [];
      return true;
    });
    if (!isWritten) {
      if (inMemory.length >= mostInMemory) {
        throw new Fault('state_unwritable', 'Too much waits to be written to the state. Make room on its disk.');
      }
      inMemory = [...inMemory, closure];
      if (inReserve.length === 0) reserve.mark();
    }
    refresh();
    const where = isWritten ? 'reserve' : 'memory';
    for (const listener of keptListeners) listener(where);
    return where;
  }

  async function writeClosing(write: RecordWrite): Promise<WriteResult> {
    const { kind, key, owner, expiresAtMs, value, expectedVersion } = write;
    const name = nameOfRecord(kind, key);
    const known = waiting.recordOf(kind, key);
    const isKnownVersion = expectedVersion === 'any' || known === undefined || known.version === expectedVersion;
    if (!isKnownVersion) return { outcome: 'conflict' };
    const done = await attempt(() => inner.write(known === undefined ? write : { ...write, expectedVersion: 'any' }));
    if (done !== undefined) {
      if (known !== undefined && done.result.outcome === 'written') drop(name);
      return done.result;
    }
    const stored = await inner.read(kind, key);
    if (stored.found === 'tombstone') return { outcome: 'buried' };
    const current = known?.version ?? (stored.found === 'record' ? stored.record.version : 0);
    if (expectedVersion !== 'any' && expectedVersion !== current) return { outcome: 'conflict' };
    const version = current + 1;
    keep({
      type: 'put',
      kind,
      key,
      ...(owner === undefined ? {} : { owner }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      value,
      version,
    });
    return { outcome: 'written', version };
  }

  async function keepBurial(kind: RecordKind, key: string, cause: string, untilMs: number): Promise<number> {
    const stored = await inner.read(kind, key);
    if (stored.found === 'tombstone') return 0;
    keep({ type: 'bury', kind, key, cause, sinceMs: now(), untilMs });
    return stored.found === 'record' ? 1 : 0;
  }

  async function readOne(kind: RecordKind, key: string): Promise<ReadResult> {
    await lookOrLearn(false);
    if (waiting.isEmpty()) return inner.read(kind, key);
    const tombstone = waiting.tombstoneOf(kind, key, undefined);
    if (tombstone !== undefined) return tombstone;
    const record = waiting.recordOf(kind, key);
    if (record !== undefined) {
      const isOver = record.expiresAtMs !== undefined && record.expiresAtMs <= now();
      return isOver ? { found: 'nothing' } : { found: 'record', record };
    }
    const stored = await inner.read(kind, key);
    if (stored.found !== 'record') return stored;
    return waiting.tombstoneOf(kind, key, stored.record.owner) ?? stored;
  }

  const isBuried = ({ kind, key, owner }: RecordWrite): boolean => waiting.tombstoneOf(kind, key, owner) !== undefined;

  function refuseWaiting(kind: RecordWrite['kind'], key: string): void {
    if (waiting.recordOf(kind, key) === undefined) return;
    throw new Fault(
      'state_unwritable',
      'This was set while the disk of the state took nothing, and is not written yet. Make room on that disk, then try again.',
    );
  }

  const stopFollowing = inner.onChange((change) => {
    for (const listener of listeners) listener(change);
    if (change.type !== 'record' || inMemory.length === 0) return;
    const isSettled = (closure: Closure) =>
      closure.type !== 'through' && closure.kind === change.kind && closure.key === change.key;
    if (!inMemory.some(isSettled)) return;
    inMemory = inMemory.filter((closure) => !isSettled(closure));
    refresh();
  });
  begin();

  return {
    freshen() {
      const learned = lookEachMillisecond();
      return learned === undefined ? inner.freshen() : learned.then(() => inner.freshen());
    },
    catchUp() {
      look(true);
      if (isBehind) {
        void learn().catch(() => undefined);
        throw unlearned();
      }
      return inner.catchUp();
    },
    fence() {
      if (lease.isOver()) look(true);
      const hasLateNews = lease.takeNews();
      if (isBehind) throw unlearned();
      return inner.fence() || hasLateNews;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    read: readOne,
    async readAll(names) {
      if (waiting.isEmpty()) {
        // As `freshen` does, which requests have called just before.
        await lookEachMillisecond();
        if (waiting.isEmpty()) return inner.readAll(names);
      }
      const results: ReadResult[] = [];
      for (const { kind, key } of names) results.push(await readOne(kind, key));
      return results;
    },
    async write(write) {
      await lookOrLearn(false);
      if (isBuried(write)) return { outcome: 'buried' };
      return write.isClosing === true ? writeClosing(write) : inner.write(write);
    },
    async writeAll(writes) {
      await lookOrLearn(false);
      if (!writes.some(isBuried)) return inner.writeAll(writes);
      return writes.map((write) => ({ outcome: isBuried(write) ? 'buried' : 'conflict' }) as const);
    },
    async writeEach(writes) {
      await lookOrLearn(false);
      const left = new Set(writes.filter((write) => !isBuried(write)));
      const results = (await inner.writeEach([...left])).values();
      return writes.map((write) => (left.has(write) ? results.next().value : undefined) ?? { outcome: 'buried' });
    },
    async take(kind, key) {
      await lookOrLearn(false);
      if (waiting.tombstoneOf(kind, key, undefined) !== undefined) return undefined;
      refuseWaiting(kind, key);
      const taken = await inner.take(kind, key);
      const isOver = taken !== undefined && waiting.tombstoneOf(kind, key, taken.owner) !== undefined;
      return isOver ? undefined : taken;
    },
    async remove(kind, key) {
      refuseWaiting(kind, key);
      await inner.remove(kind, key);
    },
    async bury(kind, key, cause, untilMs, options = {}) {
      if (options.isClosing === false) return inner.bury(kind, key, cause, untilMs);
      look(false);
      if (waiting.tombstoneOf(kind, key, undefined) !== undefined) return 0;
      const done = await attempt(() => inner.bury(kind, key, cause, untilMs));
      if (done !== undefined) return done.result;
      return keepBurial(kind, key, cause, untilMs);
    },
    async buryAll(kind, burials, options = {}) {
      if (options.isClosing === false) return inner.buryAll(kind, burials, options);
      const { writes = [] } = options;
      const done = await attempt(() => inner.buryAll(kind, burials, options));
      if (done !== undefined) {
        for (const { kind: of, key } of writes)
          if (waiting.recordOf(of, key) !== undefined) drop(nameOfRecord(of, key));
        return done.result;
      }
      // Outside of the file there is no transaction. The writes come first: what fails behind them is asked for again.
      for (const write of writes) await writeClosing({ ...write, expectedVersion: 'any' });
      const gone: number[] = [];
      for (const { key, cause, untilMs } of burials) gone.push(await keepBurial(kind, key, cause, untilMs));
      return gone;
    },
    async list(kind, filter = {}) {
      await lookOrLearn(false);
      return listAround(inner, waiting, kind, filter);
    },
    async listDue(kind, by, untilMs, limit) {
      await lookOrLearn(false);
      const due = await inner.listDue(kind, by, untilMs, limit);
      return due.filter(({ key, owner }) => waiting.tombstoneOf(kind, key, owner) === undefined);
    },
    count: (kind) => inner.count(kind),
    probe: () => inner.probe(),
    onKept: (listener) => void keptListeners.add(listener),
    inMemory: () => inMemory,
    adopt(closures) {
      const known = new Set([...inReserve, ...inMemory].map(nameOfClosure));
      inMemory = [...inMemory, ...closures.filter((closure) => !known.has(nameOfClosure(closure)))];
      refresh();
    },
    waiting: () => waiting.all().length,
    async settle() {
      try {
        look(true);
        const written = await settleClosures(inner, waiting.all());
        if (written.size > 0) {
          noteDisk(undefined);
          inMemory = inMemory.filter((closure) => !written.has(nameOfClosure(closure)));
          rewrite(written);
          refresh();
        }
        if (waiting.isEmpty()) reserve.restore();
      } catch (thrown) {
        const fault = toFault(thrown);
        if (fault.code === 'state_unwritable') noteDisk(fault);
      }
    },
    async close() {
      stopFollowing();
      reserve.close();
      await inner.close();
    },
  };
}

function unlearned(): Fault {
  return new Fault(
    'state_unavailable',
    'The reserve of the state is sealed with a data key of this moment. Try again.',
  );
}
