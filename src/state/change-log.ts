import { recordKindOf } from './record-kind.ts';
import { numberOf, optionalTextOf, type SqlDatabase, type SqlRow, textOf } from './sqlite-database.ts';
import type { Change } from './state-store.ts';

/** One change of one record. */
export type RecordChange = Extract<Change, { type: 'record' }>;

/** A change with its place in the log. */
export interface LoggedChange {
  readonly sequence: number;
  readonly change: RecordChange;
}

/** Writes the change log, inside the transaction of the change itself. */
export interface ChangeLogWriter {
  append(change: RecordChange): LoggedChange;
}

/** How often the log is trimmed, in entries. */
const trimEvery = 256;

/** @param keep how many entries stay; a process that falls behind by more empties its memory instead. */
export function createChangeLogWriter(database: SqlDatabase, keep: number): ChangeLogWriter {
  const insert = database.prepare(
    'INSERT INTO change_log (kind, key, owner, was_buried) VALUES (?, ?, ?, ?) RETURNING sequence',
  );
  const trim = database.prepare('DELETE FROM change_log WHERE sequence <= ?');
  return {
    append(change) {
      const [row] = insert.all(change.kind, change.key, change.owner ?? null, change.wasBuried ? 1 : 0);
      const sequence = row === undefined ? 0 : numberOf(row, 'sequence');
      if (sequence % Math.min(trimEvery, keep) === 0) trim.run(sequence - keep);
      return { sequence, change };
    },
  };
}

/** What a reader that had come to `sequence` missed. */
export type Missed =
  | { readonly kind: 'changes'; readonly changes: readonly RecordChange[]; readonly newest: number }
  /** Some entries are gone, or the log went backwards: nothing remembered can be trusted. */
  | { readonly kind: 'gap'; readonly newest: number };

/** Reads the change log on a connection of its own that is never in a transaction. */
export interface ChangeLogReader {
  /** Changes whenever another connection has committed (`PRAGMA data_version`). */
  dataVersion(): number;
  newest(): number;
  readAfter(sequence: number): Missed;
}

export function createChangeLogReader(database: SqlDatabase): ChangeLogReader {
  const dataVersion = database.prepare('PRAGMA data_version');
  const newest = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'change_log'");
  const after = database.prepare(
    'SELECT kind, key, owner, was_buried FROM change_log WHERE sequence > ? AND sequence <= ? ORDER BY sequence',
  );
  const readNumber = (rows: readonly SqlRow[], column: string): number => {
    const [row] = rows;
    return row === undefined ? 0 : numberOf(row, column);
  };
  const reader: ChangeLogReader = {
    dataVersion: () => readNumber(dataVersion.all(), 'data_version'),
    newest: () => readNumber(newest.all(), 'seq'),
    readAfter(sequence) {
      const last = reader.newest();
      if (last === sequence) return { kind: 'changes', changes: [], newest: last };
      const rows = last < sequence ? [] : after.all(sequence, last);
      if (rows.length !== last - sequence) return { kind: 'gap', newest: last };
      return { kind: 'changes', changes: rows.map(toChange), newest: last };
    },
  };
  return reader;
}

function toChange(row: SqlRow): RecordChange {
  return {
    type: 'record',
    kind: recordKindOf(textOf(row, 'kind')),
    key: textOf(row, 'key'),
    owner: optionalTextOf(row, 'owner'),
    wasBuried: numberOf(row, 'was_buried') === 1,
  };
}
