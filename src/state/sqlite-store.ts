import { type ChangeFeed, createChangeFeed } from './change-feed.ts';
import { type ChangeLogWriter, createChangeLogReader, createChangeLogWriter, type LoggedChange } from './change-log.ts';
import { openDataKeys } from './data-keys.ts';
import { openIndexKey } from './index-key.ts';
import { keyProviderOf, type StateKey } from './key-provider.ts';
import { learnKeys, withKnownKeys } from './learn-keys.ts';
import { type Purging, purgeInSlices } from './purge-in-slices.ts';
import { createRecordCipher, type RecordCipher } from './record-cipher.ts';
import { createRecordTable, type RecordTable } from './record-table.ts';
import { refuseSharedUpgrade } from './refuse-shared-upgrade.ts';
import { openSqliteDatabase, type SqlDatabase } from './sqlite-database.ts';
import { migrate, migrations } from './sqlite-schema.ts';
import { openStateFile, type StateFile } from './state-file.ts';
import { createStateProbe } from './state-probe.ts';
import type { Burial, FollowingStore, RecordKind, RecordWrite, WriteResult } from './state-store.ts';
import { createTombstoneTable, type TombstoneTable } from './tombstone-table.ts';
import { type Change, createWritePath } from './write-path.ts';

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
  /** How long a write waits for those of other processes, in later turns; then it is a 503. Default 2,000. */
  readonly writePatienceMs?: number;
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
  learnKeys(): Promise<void>;
}

/** A read waits for a lock as good as never, and blocks the event loop while it does (security-rules.md 25). */
const readLockWaitMs = 20;
/** Short, since it blocks the event loop too: who waits longer waits in later turns. */
const writeLockWaitMs = 3;
/** At the start nobody is served yet, and another worker may just be migrating. */
const openingLockWaitMs = 5_000;

/**
 * Opens the embedded store. Rejects with `Fault('config_invalid')` for a wrong key, a newer schema or a foreign file,
 * `Fault('state_corrupt')` for a damaged file, `Fault('state_unavailable')` when the file cannot be opened.
 */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { path, key, now, randomBytes, monotonicNow = () => performance.now(), changeLogLength = 10_000 } = options;
  const { isCleaning = true, writePatienceMs = 2_000 } = options;
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
    refuseSharedUpgrade(path, migrations.length, openingLockWaitMs);
    const database = open();
    migrate(database, path);
    const keys = await openDataKeys(database, path, provider, randomBytes);
    const watch = open();
    const probe = createStateProbe(open(), path, now);
    const feed = createChangeFeed(createChangeLogReader(watch), file, monotonicNow);
    const cipher = createRecordCipher(keys, randomBytes);
    const hashTags = await withKnownKeys(keys, () => openIndexKey(database, cipher, randomBytes));
    for (const connection of opened) connection.setLockWait(readLockWaitMs);
    database.setLockWait(writeLockWaitMs);
    file.check();
    const log = createChangeLogWriter(database, changeLogLength);
    const tombstones = createTombstoneTable(database);
    const records = createRecordTable(database, cipher, tombstones, log, hashTags);
    const change = createWritePath({ database, feed, file, patienceMs: writePatienceMs, monotonicNow, randomBytes });
    const purging = isCleaning ? purgeInSlices({ database, records, tombstones, now }) : undefined;
    const close = () => {
      purging?.stop();
      closeAll();
    };
    const store = assembleStore({
      database,
      cipher,
      probe,
      records,
      tombstones,
      log,
      change,
      feed,
      file,
      now,
      purging,
      close,
    });
    return { ...learnKeys(store, keys), learnKeys: keys.learn };
  } catch (thrown) {
    closeAll();
    throw thrown;
  }
}

function assembleStore(parts: {
  readonly database: SqlDatabase;
  readonly cipher: RecordCipher;
  readonly probe: () => void;
  readonly records: RecordTable;
  readonly tombstones: TombstoneTable;
  readonly log: ChangeLogWriter;
  readonly change: Change;
  readonly feed: ChangeFeed;
  readonly file: StateFile;
  readonly now: () => number;
  readonly purging: Purging | undefined;
  readonly close: () => void;
}): Omit<SqliteStore, 'learnKeys'> {
  const { database, records, tombstones, log, feed, file, now, cipher } = parts;
  const change: Change = (work, settings) => {
    parts.purging?.look();
    return parts.change(work, settings);
  };

  const bury = (kind: RecordKind, { key, cause, untilMs }: Burial, changes: LoggedChange[]): number => {
    const gone = records.removeWithOwned(kind, key);
    const owned = gone.filter((record) => record.kind !== kind || record.key !== key);
    const own = gone.find((record) => record.kind === kind && record.key === key);
    for (const record of [{ kind, key, owner: own?.owner }, ...owned]) {
      tombstones.put(record.kind, record.key, cause, now(), untilMs);
      changes.push(log.append({ type: 'record', ...record, wasBuried: true }));
    }
    return gone.length;
  };

  return {
    freshen() {
      feed.look();
      return undefined;
    },
    catchUp: feed.catchUp,
    fence: feed.fence,
    onChange: feed.onChange,
    async read(kind, key) {
      file.check();
      return records.read(kind, key, now());
    },
    async readAll(names) {
      // Requests ask this way, and have just looked at the log: nobody looks twice in a millisecond.
      feed.look();
      return records.readAll(names, now());
    },
    async write(write) {
      const { isDurable = false } = write;
      const [result] = await change((changes) => records.writeEach([write], now(), changes), {
        isKept: (all) => all.every(isWritten),
        isDurable,
      });
      return result ?? { outcome: 'conflict' };
    },
    async writeEach(writes) {
      return change((changes) => records.writeEach(writes, now(), changes));
    },
    async writeAll(writes) {
      const results = await change((changes) => records.writeEach(writes, now(), changes), {
        isKept: (all) => all.every(isWritten),
      });
      if (results.every(isWritten)) return results;
      return results.map((result) => (isWritten(result) ? { outcome: 'conflict' } : result));
    },
    async take(kind, key) {
      return change((changes) => records.take(kind, key, now(), changes));
    },
    async remove(kind, key) {
      await change((changes) => records.remove(kind, key, changes));
    },
    async bury(kind, key, cause, untilMs) {
      return change((changes) => bury(kind, { key, cause, untilMs }, changes), { isDurable: true });
    },
    async buryAll(kind, burials, { writes = [], isClosing = true } = {}) {
      return change(
        (changes) => {
          const unconditional = writes.map((write): RecordWrite => ({ ...write, expectedVersion: 'any' }));
          records.writeEach(unconditional, now(), changes);
          return burials.map((burial) => bury(kind, burial, changes));
        },
        { isDurable: isClosing },
      );
    },
    async list(kind, filter = {}) {
      file.check();
      return records.list(kind, filter, now());
    },
    async listDue(kind, by, untilMs, limit) {
      file.check();
      return records.listDue(kind, by, untilMs, limit);
    },
    async count(kind) {
      file.check();
      return records.count(kind);
    },
    async probe() {
      file.check();
      parts.probe();
    },
    exclusively(work) {
      database.setLockWait(readLockWaitMs);
      try {
        return database.transaction(work, { isKept: () => false });
      } finally {
        database.setLockWait(writeLockWaitMs);
      }
    },
    cipher,
    async close() {
      parts.close();
    },
  };
}

const isWritten = (result: WriteResult): boolean => result.outcome === 'written';
