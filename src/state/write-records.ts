import type { ChangeLogWriter, LoggedChange } from './change-log.ts';
import type { RecordCipher } from './record-cipher.ts';
import { ownerColumn } from './schema/compact-indexes.ts';
import { numberOf, optionalNumberOf, type SqlDatabase, type SqlRow } from './sqlite-database.ts';
import type { RecordWrite, WriteResult } from './state-store.ts';
import type { TagHasher } from './tag-hasher.ts';

/** Writes in the order given, each for itself, all sealed with one data key. Must run inside a transaction. */
export type WriteRecords = (
  writes: readonly RecordWrite[],
  nowMs: number,
  changes: LoggedChange[],
) => readonly WriteResult[];

/** Builds what writes records. */
export function createWriteRecords(
  database: SqlDatabase,
  cipher: RecordCipher,
  log: ChangeLogWriter,
  hashTags: TagHasher,
): WriteRecords {
  const selectState = database.prepare(`
    SELECT version, owner, expires_at_ms, tags, counted_as, due_ms,
      EXISTS (SELECT 1 FROM tombstones WHERE key = ?2 AND kind = ?1 AND until_ms > ?3)
        OR EXISTS (SELECT 1 FROM tombstones WHERE key = ?4 AND until_ms > ?3) AS is_buried
    FROM (SELECT 1) LEFT JOIN records ON kind = ?1 AND key = ?2`);
  // No REPLACE: it removes without the triggers that keep tags and counts.
  const upsert = database.prepare(`
    INSERT INTO records (kind, key, version, owner, expires_at_ms, tags, counted_as, due_ms, sealed)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, key) DO UPDATE SET version = excluded.version, owner = excluded.owner,
      expires_at_ms = excluded.expires_at_ms, tags = excluded.tags, counted_as = excluded.counted_as,
      due_ms = excluded.due_ms, sealed = excluded.sealed`);
  // Touches no index: half of the pages that a record of every minute would write.
  const updateValue = database.prepare('UPDATE records SET version = ?, sealed = ? WHERE kind = ? AND key = ?');

  const versionOf = (state: SqlRow, nowMs: number): number => {
    if (state['version'] === null) return 0;
    const expiresAtMs = optionalNumberOf(state, 'expires_at_ms');
    return expiresAtMs === undefined || expiresAtMs > nowMs ? numberOf(state, 'version') : 0;
  };

  const write = (one: RecordWrite, seal: RecordCipher['seal'], nowMs: number, changes: LoggedChange[]): WriteResult => {
    const { kind, key, owner, expiresAtMs, countedAs, dueAtMs, value, expectedVersion, isLogged = true } = one;
    const [state] = selectState.all(kind, key, nowMs, owner ?? null);
    if (state === undefined || state['is_buried'] !== 0) return { outcome: 'buried' };
    const current = versionOf(state, nowMs);
    if (expectedVersion !== 'any' && expectedVersion !== current) return { outcome: 'conflict' };
    const version = current + 1;
    const tags = hashTags(one.tags);
    const sealed = seal({ kind, key, version, owner, expiresAtMs, tags, countedAs, dueAtMs }, value);
    const column = ownerColumn(kind, key, owner);
    const isAsBefore =
      current > 0 &&
      tags === undefined &&
      state['tags'] === null &&
      state['owner'] === column &&
      state['expires_at_ms'] === (expiresAtMs ?? null) &&
      state['counted_as'] === (countedAs ?? null) &&
      state['due_ms'] === (dueAtMs ?? null);
    if (isAsBefore) updateValue.run(version, sealed, kind, key);
    else {
      const marks = [tags ?? null, countedAs ?? null, dueAtMs ?? null] as const;
      upsert.run(kind, key, version, column, expiresAtMs ?? null, ...marks, sealed);
    }
    if (isLogged) changes.push(log.append({ type: 'record', kind, key, owner, wasBuried: false }));
    return { outcome: 'written', version };
  };

  return (writes, nowMs, changes) => {
    if (writes.length === 0) return [];
    const seal = cipher.sealer();
    return writes.map((one) => write(one, seal, nowMs, changes));
  };
}
