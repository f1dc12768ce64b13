import type { RecordTable } from './record-table.ts';
import type { SqlDatabase } from './sqlite-database.ts';
import type { TombstoneTable } from './tombstone-table.ts';

/** Removes what has expired, a slice at a time. */
export interface Purging {
  /** Removes a slice, if it is time for one. Never throws: a lock or a fault is for those who want something. */
  look(): void;
  stop(): void;
}

const purgeEveryMs = 60_000;
/** When one slice did not reach the end. */
const purgeAgainMs = 100;
/** A few milliseconds: it holds the event loop, and every other process that wants to write. */
const sliceLength = 200;

/** Looks at every write, and by itself, since a process may have nothing to write. */
export function purgeInSlices(parts: {
  readonly database: SqlDatabase;
  readonly records: Pick<RecordTable, 'purge'>;
  readonly tombstones: Pick<TombstoneTable, 'purge'>;
  readonly now: () => number;
}): Purging {
  const { database, records, tombstones, now } = parts;
  let purgedAtMs = now();

  function look(): void {
    if (now() - purgedAtMs < purgeEveryMs) return;
    purgedAtMs = now();
    const againAtMs = now() - purgeEveryMs + purgeAgainMs;
    try {
      const purged = database.transaction(() =>
        Math.max(records.purge(now(), sliceLength), tombstones.purge(now(), sliceLength)),
      );
      if (purged === sliceLength) purgedAtMs = againAtMs;
    } catch {
      purgedAtMs = againAtMs;
    }
  }

  const timer = setInterval(look, purgeAgainMs);
  timer.unref();
  return { look, stop: () => clearInterval(timer) };
}
