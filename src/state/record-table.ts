import type { ChangeLogWriter, LoggedChange } from './change-log.ts';
import type { RecordCipher, RecordLabel } from './record-cipher.ts';
import { recordKindOf, recordKinds } from './record-kind.ts';
import { kindsUnderOwnerKey, ownerOf, sqlKindsUnderOwnerKey } from './schema/compact-indexes.ts';
import {
  bytesOf,
  numberOf,
  optionalNumberOf,
  optionalTextOf,
  type SqlDatabase,
  type SqlRow,
  textOf,
} from './sqlite-database.ts';
import type { ListFilter, ReadResult, RecordKind, RecordWrite, StoredRecord, WriteResult } from './state-store.ts';
import type { TagHasher } from './tag-hasher.ts';
import type { TombstoneTable } from './tombstone-table.ts';

/** The records. Changes must run inside a transaction; each hands its entries of the change log to `changes`. */
export interface RecordTable {
  read(kind: RecordKind, key: string, nowMs: number): ReadResult;
  list(kind: RecordKind, filter: ListFilter, nowMs: number): readonly StoredRecord[];
  listDue(kind: RecordKind, by: 'due' | 'expiry', untilMs: number, limit: number): readonly StoredRecord[];
  count(kind: RecordKind): ReadonlyMap<string, number>;
  write(write: RecordWrite, nowMs: number, changes: LoggedChange[]): WriteResult;
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

const keyedAsOwner: ReadonlySet<RecordKind> = new Set(kindsUnderOwnerKey);

/** As the column holds it. */
function ownerColumn(kind: RecordKind, key: string, owner: string | undefined): string | null {
  return owner === key && keyedAsOwner.has(kind) ? '' : (owner ?? null);
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

export function createRecordTable(
  database: SqlDatabase,
  cipher: RecordCipher,
  tombstones: TombstoneTable,
  log: ChangeLogWriter,
  hashTags: TagHasher,
): RecordTable {
  const selectOne = database.prepare(`SELECT ${columns} FROM records WHERE kind = ? AND key = ? AND ${isLive}`);
  const selectVersion = database.prepare(`SELECT version FROM records WHERE kind = ? AND key = ? AND ${isLive}`);
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
    due: database.prepare(`SELECT ${columns} FROM records WHERE kind = ? AND due_ms <= ? ORDER BY due_ms LIMIT ?`),
    expiry: database.prepare(
      `SELECT ${columns} FROM records WHERE kind = ? AND expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?`,
    ),
  };
  const selectCounts = database.prepare('SELECT name, count FROM record_counts WHERE kind = ?');
  // No REPLACE: it removes without the triggers that keep tags and counts.
  const upsert = database.prepare(`
    INSERT INTO records (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, key) DO UPDATE SET version = excluded.version, owner = excluded.owner,
      expires_at_ms = excluded.expires_at_ms, tags = excluded.tags, counted_as = excluded.counted_as,
      due_ms = excluded.due_ms, sealed = excluded.sealed`);
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

  const open = (row: SqlRow): StoredRecord => {
    const label = labelOf(row);
    const { kind, key, version, owner, expiresAtMs } = label;
    return { kind, key, version, owner, expiresAtMs, value: cipher.open(label, bytesOf(row, 'sealed')) };
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
    list(kind, { owner, tag, after = '', limit = -1 }, nowMs) {
      if (owner !== undefined) return selectOwned.all(kind, owner, after, nowMs, limit).map(open);
      const hash = tag === undefined ? undefined : hashTags([tag]);
      if (hash !== undefined) return selectTagged.all(hash, kind, after, nowMs, limit).map(open);
      return selectKind.all(kind, after, nowMs, limit).map(open);
    },
    listDue: (kind, by, untilMs, limit) => selectBy[by].all(kind, untilMs, limit).map(open),
    count: (kind) => new Map(selectCounts.all(kind).map((row) => [textOf(row, 'name'), numberOf(row, 'count')])),
    write(write, nowMs, changes) {
      const { kind, key, owner, expiresAtMs, countedAs, dueAtMs, value, expectedVersion, isLogged = true } = write;
      if (tombstones.find(kind, key, nowMs) !== undefined) return { outcome: 'buried' };
      if (owner !== undefined && tombstones.hasAny(owner, nowMs)) return { outcome: 'buried' };
      const [row] = selectVersion.all(kind, key, nowMs);
      const current = row === undefined ? 0 : numberOf(row, 'version');
      if (expectedVersion !== 'any' && expectedVersion !== current) return { outcome: 'conflict' };
      const version = current + 1;
      const tags = hashTags(write.tags);
      const sealed = cipher.seal({ kind, key, version, owner, expiresAtMs, tags, countedAs, dueAtMs }, value);
      const marks = [tags ?? null, countedAs ?? null, dueAtMs ?? null] as const;
      upsert.run(kind, key, version, ownerColumn(kind, key, owner), expiresAtMs ?? null, ...marks, sealed);
      if (isLogged) logChange(kind, key, owner, changes);
      return { outcome: 'written', version };
    },
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
