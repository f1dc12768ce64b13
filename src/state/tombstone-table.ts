import { numberOf, type SqlDatabase, type SqlRow, textOf } from './sqlite-database.ts';
import type { ReadResult, RecordKind } from './state-store.ts';

/** A tombstone as `read` answers it. */
export type Tombstone = Extract<ReadResult, { found: 'tombstone' }>;

/** The tombstones: what was ended on purpose, why, and until when nothing may be written there (security-rules.md 5). */
export interface TombstoneTable {
  find(kind: RecordKind, key: string, nowMs: number): Tombstone | undefined;
  /** The first cause and time stay; the later end counts. */
  put(kind: RecordKind, key: string, cause: string, nowMs: number, untilMs: number): void;
  purge(nowMs: number, limit: number): number;
}

/** Reads the columns `cause` and `since_ms`. */
export function tombstoneOf(row: SqlRow): Tombstone {
  return { found: 'tombstone', cause: textOf(row, 'cause'), sinceMs: numberOf(row, 'since_ms') };
}

export function createTombstoneTable(database: SqlDatabase): TombstoneTable {
  const selectOne = database.prepare(
    'SELECT cause, since_ms FROM tombstones WHERE key = ? AND kind = ? AND until_ms > ?',
  );
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
      return tombstoneOf(row);
    },
    put(kind, key, cause, nowMs, untilMs) {
      removeOld.run(key, kind, nowMs);
      insert.run(key, kind, cause, nowMs, untilMs);
    },
    purge: (nowMs, limit) => removeExpired.run(nowMs, limit),
  };
}
