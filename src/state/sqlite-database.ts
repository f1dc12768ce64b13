import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Fault } from '../decision/fault.ts';
import { describeSqliteError } from './sqlite-error.ts';

/** What a column can hold here. */
export type SqlValue = string | number | Uint8Array | null;

/** One row of an answer; read its columns with `textOf`, `numberOf` and their like. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** A prepared statement. Every call runs to its end, so that none can hold a snapshot open (security-rules.md 25). */
export interface SqlStatement {
  all(...values: readonly SqlValue[]): readonly SqlRow[];
  /** Answers how many rows changed. */
  run(...values: readonly SqlValue[]): number;
}

/** One connection. All failures are faults: `state_corrupt` for a damaged file, `state_unwritable` for a disk that takes nothing, `state_unavailable` for the rest. */
export interface SqlDatabase {
  prepare(sql: string): SqlStatement;
  execute(sql: string): void;
  /**
   * Takes the write lock, runs `work`, commits; rolls back when it throws or `isKept` says no.
   * @param isDurable also waits for the disk, so that the change survives a power failure.
   */
  transaction<Result>(
    work: () => Result,
    options?: { readonly isDurable?: boolean; readonly isKept?: (result: Result) => boolean },
  ): Result;
  /** How long a call may wait for another process's lock, in ms. It blocks the event loop for that time. */
  setLockWait(waitMs: number): void;
  close(): void;
}

const sqliteBusy = 5;

function readProperty(thrown: unknown, name: string): unknown {
  return typeof thrown === 'object' && thrown !== null && name in thrown ? Reflect.get(thrown, name) : undefined;
}

/** True where another process held the lock for longer than the call could wait: nothing was done, and it may be tried again. */
export function isLocked(thrown: unknown): boolean {
  const code = thrown instanceof Fault ? readProperty(thrown.cause, 'errcode') : undefined;
  return typeof code === 'number' && (code & 0xff) === sqliteBusy;
}

function toStateFault(thrown: unknown, path: string): Fault {
  if (thrown instanceof Fault) return thrown;
  const code = readProperty(thrown, 'errcode');
  const { code: faultCode, message } = describeSqliteError(
    typeof code === 'number' ? code : 0,
    path,
    `${readProperty(thrown, 'message')}`,
  );
  return new Fault(faultCode, message, { cause: thrown });
}

/** Opens a connection to the file. The one place that imports `node:sqlite`. */
export function openSqliteDatabase(path: string, lockWaitMs: number): SqlDatabase {
  const guard = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (thrown) {
      throw toStateFault(thrown, path);
    }
  };
  const database = guard(() => new DatabaseSync(path, { timeout: lockWaitMs }));

  const wrap = (statement: StatementSync): SqlStatement => ({
    all: (...values) => guard(() => statement.all(...values)),
    run: (...values) => guard(() => Number(statement.run(...values).changes)),
  });

  return {
    prepare: (sql) => guard(() => wrap(database.prepare(sql))),
    execute: (sql) => guard(() => database.exec(sql)),
    transaction(work, { isDurable = false, isKept } = {}) {
      return guard(() => {
        database.exec(isDurable ? 'PRAGMA synchronous = FULL' : 'PRAGMA synchronous = NORMAL');
        database.exec('BEGIN IMMEDIATE');
        try {
          const result = work();
          database.exec(isKept?.(result) === false ? 'ROLLBACK' : 'COMMIT');
          return result;
        } catch (thrown) {
          if (database.isTransaction) database.exec('ROLLBACK');
          throw thrown;
        }
      });
    },
    setLockWait: (waitMs) => guard(() => database.exec(`PRAGMA busy_timeout = ${Math.trunc(waitMs)}`)),
    close() {
      if (database.isOpen) database.close();
    },
  };
}

function unexpected(column: string): never {
  throw new Fault('state_corrupt', `The column ${column} of the state file holds something unexpected.`);
}

/** Reads a text column. */
export function textOf(row: SqlRow, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : unexpected(column);
}

/** Reads a number column. */
export function numberOf(row: SqlRow, column: string): number {
  const value = row[column];
  return typeof value === 'number' ? value : unexpected(column);
}

/** Reads a text column that may be NULL. */
export function optionalTextOf(row: SqlRow, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column);
}

/** Reads a number column that may be NULL. */
export function optionalNumberOf(row: SqlRow, column: string): number | undefined {
  return row[column] === null ? undefined : numberOf(row, column);
}

/** Reads a BLOB column. `ArrayBuffer.isView`: bytes of another realm are bytes too. */
export function bytesOf(row: SqlRow, column: string): Uint8Array {
  const value = row[column];
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : unexpected(column);
}
