import { createChangeFeed } from './change-feed.ts';
import { createChangeLogReader, createChangeLogWriter, type LoggedChange } from './change-log.ts';
import { openDataKeys } from './data-keys.ts';
import { keyProviderOf, type StateKey } from './key-provider.ts';
import { learnKeys } from './learn-keys.ts';
import { createRecordCipher, type RecordCipher } from './record-cipher.ts';
import { createRecordTable } from './record-table.ts';
import { openSqliteDatabase, type SqlDatabase } from './sqlite-database.ts';
import { migrate } from './sqlite-schema.ts';
import { openStateFile } from './state-file.ts';
import { createStateProbe } from './state-probe.ts';
import type { FollowingStore, WriteResult } from './state-store.ts';
import { createTombstoneTable } from './tombstone-table.ts';

/** What the embedded store needs. */
export interface SqliteStoreOptions {
  /** Absolute path of the file; made with its folder when missing. */
  readonly path: string;
  /** What opens the state; where it may change while the store is open, how to find it out. */
  readonly key: StateKey | (() => StateKey);
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
  /** Spaces the looks for others' writes; a clock that nobody sets. Default `performance.now`. */
  readonly monotonicNow?: () => number;
  /** How many changes are kept for processes that lag. Default 10,000. */
  readonly changeLogLength?: number;
  /** False leaves removing what has expired to another process on the same file. Default true. */
  readonly isCleaning?: boolean | undefined;
}

/** The embedded store, with what its reserve needs of it. */
export interface SqliteStore extends FollowingStore {
  /** Runs `work` while it holds the write lock of the file, and writes nothing there. Needs no room on the disk. */
  exclusively<Result>(work: () => Result): Result;
  readonly cipher: RecordCipher;
}

/** SECURITY.md 25: a wait blocks the event loop, so it is short, and then the answer is a 503. */
const lockWaitMs = 20;
/** At the start nobody is served yet, and another worker may just be migrating. */
const openingLockWaitMs = 5_000;
const purgeEveryMs = 60_000;
/** When one purge did not reach the end. */
const purgeAgainMs = 100;
/** Small, so that no other process waits long for the lock. */
const purgeLimit = 500;

/**
 * Opens the embedded store. Rejects with `Fault('config_invalid')` for a wrong key, a newer schema or a foreign file,
 * `Fault('state_corrupt')` for a damaged file, `Fault('state_unavailable')` when the file cannot be opened.
 */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { path, key, now, randomBytes, monotonicNow = () => performance.now(), changeLogLength = 10_000 } = options;
  const { isCleaning = true } = options;
  const provider = () => keyProviderOf(typeof key === 'function' ? key() : key, randomBytes);
  const file = openStateFile(path);
  const opened: SqlDatabase[] = [];
  const open = (): SqlDatabase => {
    const database = openSqliteDatabase(path, openingLockWaitMs);
    opened.push(database);
    return database;
  };
  const closeAll = (): void => {
    for (const database of opened.splice(0)) database.close();
  };

  try {
    const database = open();
    migrate(database, path);
    const keys = await openDataKeys(database, path, provider, randomBytes);
    const watch = open();
    const probe = createStateProbe(open(), path, now);
    const feed = createChangeFeed(createChangeLogReader(watch), file, monotonicNow);
    for (const connection of opened) connection.setLockWait(lockWaitMs);
    file.check();
    const cipher = createRecordCipher(keys, randomBytes);
    const parts = { database, cipher, probe, feed, file, now, changeLogLength, isCleaning, closeAll };
    return learnKeys(assembleStore(parts), keys);
  } catch (thrown) {
    closeAll();
    throw thrown;
  }
}

function assembleStore(parts: {
  readonly database: SqlDatabase;
  readonly cipher: RecordCipher;
  readonly probe: () => void;
  readonly feed: ReturnType<typeof createChangeFeed>;
  readonly file: ReturnType<typeof openStateFile>;
  readonly now: () => number;
  readonly changeLogLength: number;
  readonly isCleaning: boolean;
  readonly closeAll: () => void;
}): SqliteStore {
  const { database, feed, file, now, cipher } = parts;
  const log = createChangeLogWriter(database, parts.changeLogLength);
  const tombstones = createTombstoneTable(database);
  const records = createRecordTable(database, cipher, tombstones, log);
  let purgedAtMs = now();

  const purge = (): void => {
    if (!parts.isCleaning || now() - purgedAtMs < purgeEveryMs) return;
    purgedAtMs = now();
    const purged = database.transaction(() =>
      Math.max(records.purge(now(), purgeLimit), tombstones.purge(now(), purgeLimit)),
    );
    if (purged === purgeLimit) purgedAtMs = now() - purgeEveryMs + purgeAgainMs;
  };

  const change = <Result>(
    work: (changes: LoggedChange[]) => Result,
    settings: { readonly isDurable?: boolean; readonly isKept?: (result: Result) => boolean } = {},
  ): Result => {
    file.check();
    purge();
    const changes: LoggedChange[] = [];
    let isCommitted = true;
    const result = database.transaction(() => work(changes), {
      ...settings,
      isKept: (value) => {
        isCommitted = settings.isKept?.(value) ?? true;
        return isCommitted;
      },
    });
    if (isCommitted) feed.publish(changes);
    return result;
  };

  return {
    freshen() {
      feed.look();
      return undefined;
    },
    catchUp: feed.catchUp,
    onChange: feed.onChange,
    async read(kind, key) {
      file.check();
      return records.read(kind, key, now());
    },
    async write(write) {
      const { isDurable = false } = write;
      return change((changes) => records.write(write, now(), changes), { isKept: isWritten, isDurable });
    },
    async writeAll(writes) {
      const results = change((changes) => writes.map((write) => records.write(write, now(), changes)), {
        isKept: (all) => all.every(isWritten),
      });
      if (results.every(isWritten)) return results;
      return results.map((result) => (isWritten(result) ? { outcome: 'conflict' } : result));
    },
    async take(kind, key) {
      return change((changes) => records.take(kind, key, now(), changes));
    },
    async remove(kind, key) {
      change((changes) => records.remove(kind, key, changes));
    },
    async bury(kind, key, cause, untilMs) {
      return change(
        (changes) => {
          const gone = records.removeWithOwned(kind, key);
          const owned = gone.filter((record) => record.kind !== kind || record.key !== key);
          const own = gone.find((record) => record.kind === kind && record.key === key);
          for (const record of [{ kind, key, owner: own?.owner }, ...owned]) {
            tombstones.put(record.kind, record.key, cause, now(), untilMs);
            changes.push(log.append({ type: 'record', ...record, wasBuried: true }));
          }
          return gone.length;
        },
        { isDurable: true },
      );
    },
    async list(kind, filter = {}) {
      file.check();
      return records.list(kind, filter.owner, filter.after ?? '', filter.limit ?? -1, now());
    },
    async probe() {
      file.check();
      parts.probe();
    },
    exclusively: (work) => database.transaction(work, { isKept: () => false }),
    cipher,
    async close() {
      parts.closeAll();
    },
  };
}

const isWritten = (result: WriteResult): boolean => result.outcome === 'written';
