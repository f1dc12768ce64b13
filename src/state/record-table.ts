import { toFault } from '../decision/fault.ts';
import type { ChangeLogWriter, LoggedChange } from './change-log.ts';
import type { RecordCipher, RecordLabel } from './record-cipher.ts';
import { recordKindOf, recordKinds } from './record-kind.ts';
import { ownerOf, sqlKindsUnderOwnerKey } from './schema/compact-indexes.ts';
import {
  bytesOf,
  numberOf,
  optionalNumberOf,
  optionalTextOf,
  type SqlDatabase,
  type SqlRow,
  type SqlStatement,
  textOf,
} from './sqlite-database.ts';
import type { ListFilter, ReadResult, RecordKind, RecordName, StoredRecord } from './state-store.ts';
import type { TagHasher } from './tag-hasher.ts';
import { type TombstoneTable, tombstoneOf } from './tombstone-table.ts';
import { createWriteRecords, type WriteRecords } from './write-records.ts';

/** The records. Changes must run inside a transaction; each hands its entries of the change log to `changes`. */
export interface RecordTable {
  read(kind: RecordKind, key: string, nowMs: number): ReadResult;
  readAll(names: readonly RecordName[], nowMs: number): readonly ReadResult[];
  list(kind: RecordKind, filter: ListFilter, nowMs: number): readonly StoredRecord[];
  listDue(kind: RecordKind, by: 'due' | 'expiry', untilMs: number, limit: number): readonly StoredRecord[];
  count(kind: RecordKind): ReadonlyMap<string, number>;
  readonly writeEach: WriteRecords;
  take(kind: RecordKind, key: string, nowMs: number, changes: LoggedChange[]): StoredRecord | undefined;
  remove(kind: RecordKind, key: string, changes: LoggedChange[]): void;
  /** Removes the record and all that it owns, down to the last; answers which went. */
  removeWithOwned(
    kind: RecordKind,
    key: string,
  ): readonly { kind: RecordKind; key: string; owner: string | undefined }[];
  /** Deletes expired records, `limit` at most; answers how many. Not in the change log: whoever remembers a record knows its expiry. */
  purge(nowMs: number, limit: number): number;
}

/** What the sealed value of a row is bound to. */
export function labelOf(row: SqlRow): RecordLabel {
  return {
    kind: recordKindOf(textOf(row, 'kind')),
    key: textOf(row, 'key'),
    version: numberOf(row, 'version'),
    owner: ownerOf(row),
    expiresAtMs: optionalNumberOf(row, 'expires_at_ms'),
    tags: row['tags'] === null ? undefined : bytesOf(row, 'tags'),
    countedAs: optionalTextOf(row, 'counted_as'),
    dueAtMs: optionalNumberOf(row, 'due_ms'),
  };
}

const columns = 'kind, key, version, owner, expires_at_ms, tags, counted_as, due_ms, sealed';
const isLive = '(expires_at_ms IS NULL OR expires_at_ms > ?)';

/** Reads several records in one statement, so that they are as of one moment, with the tombstones in their places. */
function createReadRecords(database: SqlDatabase, open: (row: SqlRow) => StoredRecord): RecordTable['readAll'] {
  const statements: SqlStatement[] = [];
  const prepare = (count: number): SqlStatement => {
    const asked = Array.from({ length: count }, (_, at) => `SELECT ${at} AS at, ? AS kind, ? AS key`);
    return database.prepare(
      `SELECT at, asked.kind AS kind, asked.key AS key, version, owner, expires_at_ms, tags, counted_as, due_ms, sealed, cause, since_ms
       FROM (${asked.join(' UNION ALL ')}) AS asked
       LEFT JOIN records ON records.kind = asked.kind AND records.key = asked.key AND ${isLive}
       LEFT JOIN tombstones ON tombstones.key = asked.key AND tombstones.kind = asked.kind AND until_ms > ?`,
    );
  };
  return (names, nowMs) => {
    const found: ReadResult[] = names.map(() => ({ found: 'nothing' }));
    if (names.length === 0) return found;
    statements[names.length] ??= prepare(names.length);
    const asked = names.flatMap(({ kind, key }) => [kind, key]);
    for (const row of statements[names.length]?.all(...asked, nowMs, nowMs) ?? []) {
      if (row['sealed'] !== null) found[numberOf(row, 'at')] = { found: 'record', record: open(row) };
      else if (row['cause'] !== null) found[numberOf(row, 'at')] = tombstoneOf(row);
    }
    return found;
  };
}

export function createRecordTable(
  database: SqlDatabase,
  cipher: RecordCipher,
  tombstones: TombstoneTable,
  log: ChangeLogWriter,
  hashTags: TagHasher,
): RecordTable {
  const selectOne = database.prepare(`SELECT ${columns} FROM records WHERE kind = ? AND key = ? AND ${isLive}`);
  const selectKind = database.prepare(
    `SELECT ${columns} FROM records WHERE kind = ? AND key > ? AND ${isLive} ORDER BY key LIMIT ?`,
  );
  const selectOwned = database.prepare(
    `SELECT ${columns} FROM (
       SELECT ${columns} FROM records WHERE kind = ?1 AND owner = ?2 AND owner <> ''
       UNION ALL SELECT ${columns} FROM records WHERE kind = ?1 AND key = ?2 AND owner = ''
     ) WHERE key > ?3 AND (expires_at_ms IS NULL OR expires_at_ms > ?4) ORDER BY key LIMIT ?5`,
  );
  const selectTagged = database.prepare(
    `SELECT ${columns} FROM record_tags CROSS JOIN records USING (key)
     WHERE tag = ? AND kind = ? AND key > ? AND ${isLive} ORDER BY key LIMIT ?`,
  );
  const selectBy = {
    due: database.prepare(
      `SELECT ${columns} FROM records WHERE kind = ? AND due_ms <= ? ORDER BY due_ms LIMIT ? OFFSET ?`,
    ),
    expiry: database.prepare(
      `SELECT ${columns} FROM records WHERE kind = ? AND expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ? OFFSET ?`,
    ),
  };
  const selectCounts = database.prepare('SELECT name, count FROM record_counts WHERE kind = ?');
  const removeOne = database.prepare(`DELETE FROM records WHERE kind = ? AND key = ? RETURNING ${columns}`);
  const selectTree = database.prepare(`
    WITH RECURSIVE gone (kind, key) AS (
      SELECT ?, ?
      UNION
      SELECT owned.kind, owned.key FROM gone JOIN records AS owned ON owned.owner = gone.key AND owned.owner <> ''
      UNION
      SELECT owned.kind, owned.key FROM gone CROSS JOIN records AS owned
        ON owned.kind IN (${sqlKindsUnderOwnerKey})
        AND owned.key = gone.key AND owned.owner = ''
    )
    SELECT records.kind, records.key, records.owner FROM records JOIN gone USING (kind, key)`);
  const removeExpired = database.prepare(
    'DELETE FROM records WHERE (kind, key) IN (SELECT kind, key FROM records WHERE kind = ? AND expires_at_ms <= ? LIMIT ?)',
  );

  const writeEach = createWriteRecords(database, cipher, log, hashTags);
  const readAll = createReadRecords(database, open);

  function open(row: SqlRow): StoredRecord {
    const label = labelOf(row);
    const { kind, key, version, owner, expiresAtMs, dueAtMs } = label;
    return { kind, key, version, owner, expiresAtMs, dueAtMs, value: cipher.open(label, bytesOf(row, 'sealed')) };
  }
  /** What was altered or damaged must not hide what is due behind it. */
  const openUnlessDamaged = (row: SqlRow): StoredRecord | undefined => {
    try {
      return open(row);
    } catch (thrown) {
      if (toFault(thrown).code === 'state_corrupt') return undefined;
      throw thrown;
    }
  };
  const logChange = (kind: RecordKind, key: string, owner: string | undefined, changes: LoggedChange[]): void => {
    changes.push(log.append({ type: 'record', kind, key, owner, wasBuried: false }));
  };

  return {
    read(kind, key, nowMs) {
      const [row] = selectOne.all(kind, key, nowMs);
      if (row !== undefined) return { found: 'record', record: open(row) };
      // After the record: a burial in between is then seen, and never answered as "nothing".
      return tombstones.find(kind, key, nowMs) ?? { found: 'nothing' };
    },
    readAll,
    list(kind, { owner, tag, after = '', limit = -1 }, nowMs) {
      if (owner !== undefined) return selectOwned.all(kind, owner, after, nowMs, limit).map(open);
      const hash = tag === undefined ? undefined : hashTags([tag]);
      if (hash !== undefined) return selectTagged.all(hash, kind, after, nowMs, limit).map(open);
      return selectKind.all(kind, after, nowMs, limit).map(open);
    },
    listDue(kind, by, untilMs, limit) {
      const due: StoredRecord[] = [];
      for (let looked = 0; due.length < limit; ) {
        const rows = selectBy[by].all(kind, untilMs, limit - due.length, looked);
        if (rows.length === 0) break;
        looked += rows.length;
        for (const row of rows) {
          const record = openUnlessDamaged(row);
          if (record !== undefined) due.push(record);
        }
      }
      return due;
    },
    count: (kind) => new Map(selectCounts.all(kind).map((row) => [textOf(row, 'name'), numberOf(row, 'count')])),
    writeEach,
    take(kind, key, nowMs, changes) {
      const [row] = removeOne.all(kind, key);
      if (row === undefined) return undefined;
      const record = open(row);
      logChange(kind, key, record.owner, changes);
      return record.expiresAtMs === undefined || record.expiresAtMs > nowMs ? record : undefined;
    },
    remove(kind, key, changes) {
      const [row] = removeOne.all(kind, key);
      if (row !== undefined) logChange(kind, key, ownerOf(row), changes);
    },
    removeWithOwned(kind, key) {
      const gone = selectTree.all(kind, key).map((row) => ({
        kind: recordKindOf(textOf(row, 'kind')),
        key: textOf(row, 'key'),
        owner: ownerOf(row),
      }));
      for (const record of gone) removeOne.all(record.kind, record.key);
      return gone;
    },
    purge(nowMs, limit) {
      let removed = 0;
      for (const kind of recordKinds) {
        if (removed >= limit) break;
        removed += removeExpired.run(kind, nowMs, limit - removed);
      }
      return removed;
    },
  };
}
