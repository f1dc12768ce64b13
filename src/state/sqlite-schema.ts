import { Fault } from '../decision/fault.ts';
import { keepOlderCopy } from './keep-older-copy.ts';
import { compactIndexes } from './schema/compact-indexes.ts';
import { indexedRecords } from './schema/indexed-records.ts';
import { numberOf, type SqlDatabase } from './sqlite-database.ts';

/** Marks the file as ours (SQLite's `application_id`): `Post` in ASCII. */
const applicationId = 0x506f7374;

/**
 * The steps from one schema version to the next; the first makes version 1. A step that was ever released is never
 * edited: a change of the schema is a new step at the end.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE records (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT,
    expires_at_ms INTEGER,
    sealed BLOB NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX records_by_owner ON records (owner) WHERE owner IS NOT NULL;
  CREATE INDEX records_by_expiry ON records (expires_at_ms) WHERE expires_at_ms IS NOT NULL;

  CREATE TABLE tombstones (
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (key, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tombstones_by_until ON tombstones (until_ms);

  CREATE TABLE change_log (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    owner TEXT,
    was_buried INTEGER NOT NULL
  ) STRICT;
  `,
  indexedRecords,
  compactIndexes,
];

function readPragma(database: SqlDatabase, name: string): number {
  const [row] = database.prepare(`PRAGMA ${name}`).all();
  return row === undefined ? 0 : numberOf(row, name);
}

function refuseForeignFile(database: SqlDatabase, path: string): void {
  if (readPragma(database, 'application_id') === applicationId) return;
  if (database.prepare('SELECT name FROM sqlite_schema LIMIT 1').all().length === 0) return;
  throw new Fault(
    'config_invalid',
    `The file ${path} is a database, but not one of Postern's. Set state.path to another file.`,
  );
}

/**
 * Brings the file to the newest schema in one transaction; several processes may start at once. An older file is kept
 * beside it as it was. A schema from a newer Postern is `Fault('config_invalid')`.
 * @param keepsCopy false for a file that is a copy itself
 */
export function migrate(
  database: SqlDatabase,
  path: string,
  steps: readonly string[] = migrations,
  keepsCopy = true,
): void {
  database.execute('PRAGMA journal_mode = WAL');
  const found = readPragma(database, 'user_version');
  const isOlder = found > 0 && found < steps.length && readPragma(database, 'application_id') === applicationId;
  if (isOlder && keepsCopy) keepOlderCopy(database, path, found);
  database.transaction(() => {
    refuseForeignFile(database, path);
    const version = readPragma(database, 'user_version');
    if (version > steps.length) {
      throw new Fault(
        'config_invalid',
        `The state file ${path} has schema version ${version}, and this Postern knows versions up to ${steps.length}. ` +
          'Start the newer Postern that wrote it, or set state.path to another file.',
      );
    }
    for (const step of steps.slice(version)) database.execute(step);
    database.execute(`PRAGMA application_id = ${applicationId}`);
    database.execute(`PRAGMA user_version = ${steps.length}`);
  });
}
