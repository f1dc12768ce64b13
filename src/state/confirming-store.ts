import { AsyncLocalStorage } from 'node:async_hooks';
import type { ClosingStore } from './closing-store.ts';
import { type Closure, type KeptIn, worseOf } from './closure.ts';
import type { FollowingStore, RecordKind, WriteResult } from './state-store.ts';

/** A change that took something away from somebody, as it was committed. */
export interface WrittenChange {
  /** Whoever has applied the log up to here knows of it. */
  readonly sequence: number;
  /** When it was committed, by a clock that all processes of the machine share. */
  readonly writtenAtMs: number;
  /** When the write of it began, by the same clock. */
  readonly beganAtMs: number;
  /** Sessions that it ended. */
  readonly ended: readonly string[];
  /** What stands in memory alone, since the disk takes nothing: whoever applies the change takes it over. */
  readonly inMemory?: readonly Closure[] | undefined;
}

/** That every live worker has applied a change, or will before it passes anything on. */
export interface Confirmation {
  /** How many workers answered that they have applied it. */
  readonly workers: number;
  /** How many were too busy to answer: each applies it before it passes anything on again. */
  readonly fenced: number;
  /** How many said that they cannot apply it and were killed. */
  readonly killed: number;
  /** Streams that were closed for it, in all workers. */
  readonly streams: number;
  /** From the commit until the last of them had applied it. */
  readonly tookMs: number;
}

/** Resolves when nothing that the change took away is served any more (security-rules.md 26, 31). */
export type Confirm = (written: WrittenChange) => Promise<Confirmation>;

/** A store whose revoking calls answer only when everybody has applied them. */
export interface ConfirmingStore {
  readonly store: FollowingStore;
  /** Runs `work` and answers with it how its revoking writes went. */
  reporting<Result>(work: () => Promise<Result>): Promise<Reported<Result>>;
}

/** What became of a call that takes something away. */
export interface Reported<Result> {
  readonly result: Result;
  /** All confirmations, taken together; `undefined` where nobody had to be asked. */
  readonly confirmation: Confirmation | undefined;
  /** Where it stands: the worst of its writes. */
  readonly keptIn: KeptIn;
}

/** Writes of these take away: a device's facts may close an app, and a lock always does. */
const revokingKinds: ReadonlySet<RecordKind> = new Set(['device', 'lock']);

/** @param machineMs milliseconds of a clock that nobody sets and that all processes of the machine share */
export function createConfirmingStore(
  inner: FollowingStore & Partial<Pick<ClosingStore, 'onKept' | 'inMemory'>>,
  confirm: Confirm,
  machineMs: () => number,
): ConfirmingStore {
  const reports = new AsyncLocalStorage<{ all: Confirmation | undefined; keptIn: KeptIn }>();
  inner.onKept?.((where) => {
    const report = reports.getStore();
    if (report !== undefined) report.keptIn = worseOf(report.keptIn, where);
  });

  async function confirmed(ended: readonly string[], beganAtMs: number): Promise<void> {
    const writtenAtMs = machineMs();
    const inMemory = inner.inMemory?.() ?? [];
    const confirmation = await confirm({ sequence: inner.catchUp(), writtenAtMs, beganAtMs, ended, inMemory });
    const report = reports.getStore();
    if (report !== undefined) report.all = together(report.all, confirmation);
  }

  const isRevoking = (kind: RecordKind, result: WriteResult | undefined): boolean =>
    revokingKinds.has(kind) && result?.outcome === 'written';

  return {
    store: {
      ...inner,
      async write(write) {
        const beganAtMs = machineMs();
        const result = await inner.write(write);
        if (isRevoking(write.kind, result)) await confirmed([], beganAtMs);
        return result;
      },
      async writeAll(writes) {
        const beganAtMs = machineMs();
        const results = await inner.writeAll(writes);
        if (writes.some(({ kind }, index) => isRevoking(kind, results[index]))) await confirmed([], beganAtMs);
        return results;
      },
      async bury(kind, key, cause, untilMs, options) {
        const beganAtMs = machineMs();
        const gone = await inner.bury(kind, key, cause, untilMs, options);
        // The sign-in host's own cookie is read from the store each time; nobody remembers it.
        if (kind !== 'single_sign_on') await confirmed(kind === 'session' ? [key] : [], beganAtMs);
        return gone;
      },
      async buryAll(kind, burials, options = {}) {
        const beganAtMs = machineMs();
        const gone = await inner.buryAll(kind, burials, options);
        const { isClosing = true } = options;
        // What time alone has ended every process ends by itself, at its next use.
        if (isClosing && kind !== 'single_sign_on' && burials.length > 0) {
          await confirmed(kind === 'session' ? burials.map(({ key }) => key) : [], beganAtMs);
        }
        return gone;
      },
    },
    async reporting(work) {
      const report: { all: Confirmation | undefined; keptIn: KeptIn } = { all: undefined, keptIn: 'state' };
      const result = await reports.run(report, work);
      return { result, confirmation: report.all, keptIn: report.keptIn };
    },
  };
}

/** What several writes closed adds up; each was confirmed by those that were alive at its time. */
function together(before: Confirmation | undefined, one: Confirmation): Confirmation {
  if (before === undefined) return { ...one };
  return {
    workers: one.workers,
    fenced: Math.max(before.fenced, one.fenced),
    killed: before.killed + one.killed,
    streams: before.streams + one.streams,
    tookMs: Math.max(before.tookMs, one.tookMs),
  };
}
