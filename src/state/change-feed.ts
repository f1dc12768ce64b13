import type { ChangeLogReader, LoggedChange } from './change-log.ts';
import { createLease } from './lease.ts';
import type { StateFile } from './state-file.ts';
import type { Change } from './state-store.ts';

/** Tells the listeners of this process about every change, once by its own writes and once a look for those of others. */
export interface ChangeFeed {
  /** Looks whether anybody else has written; at most once a millisecond (security-rules.md 25, 26). */
  look(): void;
  /**
   * Looks if nobody has for as long as what was read may be used: for what goes on without asking, such as the
   * bytes of an open stream. A process that hung looks before it passes anything on. True when a look so late, by whomever,
   * has told anything since the last call.
   */
  fence(): boolean;
  /** Looks now, whenever the last look was: what was committed before the call is told when it returns. Answers the newest sequence. */
  catchUp(): number;
  /** Own changes, right after their commit. */
  publish(changes: readonly LoggedChange[]): void;
  onChange(listener: (change: Change) => void): () => void;
}

/** @param monotonicNow milliseconds of a clock that nobody sets: it only spaces the looks. */
export function createChangeFeed(log: ChangeLogReader, file: StateFile, monotonicNow: () => number): ChangeFeed {
  const listeners = new Set<(change: Change) => void>();
  let lookedAt = -1;
  const lease = createLease(monotonicNow);
  let seenDataVersion = log.dataVersion();
  let seenSequence = log.newest();

  const tell = (change: Change): void => {
    for (const listener of listeners) listener(change);
  };

  const readNew = (): void => {
    lease.begin();
    file.check();
    // Read before the log: a commit in between is then seen now and looked for once more, never missed.
    const dataVersion = log.dataVersion();
    if (dataVersion === seenDataVersion) {
      lease.end();
      return;
    }
    const missed = log.readAfter(seenSequence);
    if (missed.kind === 'gap' || missed.changes.length > 0) lease.heard();
    lease.end();
    if (missed.kind === 'gap') tell({ type: 'everything' });
    else for (const change of missed.changes) tell(change);
    seenSequence = missed.newest;
    seenDataVersion = dataVersion;
  };

  return {
    look() {
      const now = Math.floor(monotonicNow());
      if (now === lookedAt) return;
      readNew();
      lookedAt = now;
    },
    fence() {
      if (lease.isOver()) readNew();
      return lease.takeNews();
    },
    catchUp() {
      readNew();
      return seenSequence;
    },
    publish(changes) {
      for (const { change } of changes) tell(change);
      const first = changes[0]?.sequence;
      // Where another process wrote in between, the next look reads its entries, and ours once more.
      if (first === seenSequence + 1) seenSequence += changes.length;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
