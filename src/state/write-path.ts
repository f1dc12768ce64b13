import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeFeed } from './change-feed.ts';
import type { LoggedChange } from './change-log.ts';
import { isLocked, type SqlDatabase } from './sqlite-database.ts';
import type { StateFile } from './state-file.ts';

/** How a transaction is to be run. */
export interface TransactionSettings<Result> {
  /** Also waits for the disk. Default false. */
  readonly isDurable?: boolean;
  /** False rolls back; the result is answered all the same. */
  readonly isKept?: (result: Result) => boolean;
}

/** Runs `work` as one transaction and tells its changes. What it does may be done over until it is committed. */
export type Change = <Result>(
  work: (changes: LoggedChange[]) => Result,
  settings?: TransactionSettings<Result>,
) => Promise<Result>;

/** The longest pause between two tries: a write of another process takes a fraction of it. */
const longestPauseMs = 32;

/**
 * Builds what every write goes through. A lock of another process is waited for in later turns, since SQLite's own wait
 * holds the event loop and everybody on it; the pauses are random, so that several who wait do not meet again and again.
 */
export function createWritePath(parts: {
  readonly database: SqlDatabase;
  readonly feed: Pick<ChangeFeed, 'publish'>;
  readonly file: StateFile;
  /** How long it tries, by `monotonicNow`. */
  readonly patienceMs: number;
  readonly monotonicNow: () => number;
  readonly randomBytes: (count: number) => Buffer;
}): Change {
  const { database, feed, file, patienceMs, monotonicNow, randomBytes } = parts;

  function once<Result>(
    work: (changes: LoggedChange[]) => Result,
    { isDurable = false, isKept = () => true }: TransactionSettings<Result>,
  ): Result {
    file.check();
    const changes: LoggedChange[] = [];
    let isCommitted = true;
    const result = database.transaction(() => work(changes), {
      isDurable,
      isKept(value) {
        isCommitted = isKept(value);
        return isCommitted;
      },
    });
    if (isCommitted) feed.publish(changes);
    return result;
  }

  return async (work, settings = {}) => {
    const beganMs = monotonicNow();
    for (let longestMs = 2; ; longestMs = Math.min(longestPauseMs, longestMs * 2)) {
      try {
        return once(work, settings);
      } catch (thrown) {
        if (!isLocked(thrown) || monotonicNow() - beganMs >= patienceMs) throw thrown;
      }
      await delay(1 + ((randomBytes(1)[0] ?? 0) / 256) * longestMs);
    }
  };
}
