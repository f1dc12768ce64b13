import { numberOf, type SqlDatabase, textOf } from './sqlite-database.ts';
import type { ReadResult, RecordKind } from './state-store.ts';

/** A tombstone as `read` answers it. */
export type Tombstone = Extract<ReadResult, { found: 'tombstone' }>;

/** The tombstones: what was ended on purpose, why, and until when nothing may be written there (security-rules.md 5). */
export interface TombstoneTable {
  find(kind: RecordKind, key: string, nowMs: number): Tombstone | undefined;
  /** True when a record of any kind was buried under this key: for owners, which are named without their kind. */
  hasAny(key: string, nowMs: number): boolean;
  /** The first cause and time stay; the later end counts. */
  put(kind: RecordKind, key: string, cause: string, nowMs: number, untilMs: number): void;
  purge(nowMs: number, limit: number): number;
}

export function createTombstoneTable(database: SqlDatabase): TombstoneTable {
  const selectOne = database.prepare(
    'SELECT cause, since_ms FROM tombstones WHERE key = ? AND kind = ? AND until_ms > ?',
  );
  const selectAny = database.prepare('SELECT 1 FROM tombstones WHERE key = ? AND until_ms > ? LIMIT 1');
  const removeOld = database.prepare('DELETE FROM tombstones WHERE key = ? AND kind = ? AND until_ms <= ?');
  const insert = database.prepare(`
    INSERT INTO tombstones (key, kind, cause, since_ms, until_ms) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (key, kind) DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)`);
  const removeExpired = database.prepare(
    'DELETE FROM tombstones WHERE (key, kind) IN (SELECT key, kind FROM tombstones WHERE until_ms <= ? LIMIT ?)',
  );

  return {
    find(kind, key, nowMs) {
      const [row] = selectOne.all(key, kind, nowMs);
      if (row === undefined) return undefined;
      return { found: 'tombstone', cause: textOf(row, 'cause'), sinceMs: numberOf(row, 'since_ms') };
    },
    hasAny: (key, nowMs) => selectAny.all(key, nowMs).length > 0,
    put(kind, key, cause, nowMs, untilMs) {
      removeOld.run(key, kind, nowMs);
      insert.run(key, kind, cause, nowMs, untilMs);
    },
    purge: (nowMs, limit) => removeExpired.run(nowMs, limit),
  };
}
