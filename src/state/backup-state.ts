import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../decision/fault.ts';
import { keyProviderOf, type StateKey } from './key-provider.ts';
import { readWrappedKey, unwrapDataKey } from './open-data-key.ts';
import { openSqliteDatabase, type SqlDatabase, textOf } from './sqlite-database.ts';

/** Reading holds up nobody; this is for whoever changes the file's form just now. */
const lockWaitMs = 5_000;

/** Where in `meta` a copy says when it was made, in ms. */
const madeAtName = 'backup_made_at_ms';

export interface BackupSettings {
  /** The state file; Postern may run with it. */
  readonly path: string;
  readonly key: StateKey;
  /** The copy; it must not exist. */
  readonly file: string;
  readonly now: () => number;
}

/**
 * Copies a state that may be in use: everything that was committed before one instant, and nothing of later. The copy
 * has its name only once it is whole, checked and on the disk; it opens with the secret that opens the state now.
 * Rejects with `Fault('config_invalid')` when the file exists or the key is another one, `Fault('state_corrupt')` when
 * the state is damaged.
 */
export async function backupState({ path, key, file, now }: BackupSettings): Promise<{ readonly bytes: number }> {
  refuseExisting(file);
  const part = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    closeSync(openSync(part, 'wx', 0o600));
    const madeAtMs = now();
    await using(path, async (database) => {
      await requireKey(database, path, key);
      database.prepare('VACUUM INTO ?').run(part);
    });
    await using(part, async (database) => {
      requireWhole(database, part);
      const note = database.prepare('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)');
      database.transaction(() => note.run(madeAtName, String(madeAtMs)), { isDurable: true });
      await requireKey(database, part, key);
    });
    syncPath(part);
    // Unlike a rename, a link is refused where something stands by now.
    linkSync(part, file);
    syncPath(dirname(file));
    return { bytes: statSync(file).size };
  } catch (thrown) {
    if (isExisting(thrown)) throw alreadyThere(file, thrown);
    throw thrown instanceof Fault ? thrown : cannotBeWritten(file, thrown);
  } finally {
    for (const rest of [part, `${part}-journal`, `${part}-wal`, `${part}-shm`]) rmSync(rest, { force: true });
  }
}

/** When a copy was made; `undefined` for a state that is none. */
export function backupMadeAtMs(database: SqlDatabase): number | undefined {
  const [row] = database.prepare('SELECT value FROM meta WHERE name = ?').all(madeAtName);
  return row === undefined ? undefined : Number(textOf(row, 'value'));
}

export function forgetBackupMadeAt(database: SqlDatabase): void {
  database.prepare('DELETE FROM meta WHERE name = ?').run(madeAtName);
}

/** Rejects with `Fault('config_invalid')` for a database that is none of Postern's and for a secret that does not open it. */
export async function requireKey(database: SqlDatabase, path: string, key: StateKey): Promise<void> {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE name IN ('meta', 'records')").all();
  const stored = tables.length === 2 ? readWrappedKey(database) : undefined;
  if (stored === undefined) throw new Fault('config_invalid', `The file ${path} is not a state of Postern.`);
  await unwrapDataKey(stored, path, keyProviderOf(key, randomBytes));
}

/** Throws `Fault('state_corrupt')` when a page of the file is damaged. */
export function requireWhole(database: SqlDatabase, path: string): void {
  const [row] = database.prepare('PRAGMA quick_check(1)').all();
  if (row !== undefined && textOf(row, 'quick_check') === 'ok') return;
  throw new Fault('state_corrupt', `The state file ${path} is damaged. Take another copy.`);
}

async function using(path: string, use: (database: SqlDatabase) => Promise<void>): Promise<void> {
  if (!existsSync(path)) throw new Fault('state_unavailable', `There is no state file ${path}.`);
  const database = openSqliteDatabase(path, lockWaitMs);
  try {
    await use(database);
  } finally {
    database.close();
  }
}

function refuseExisting(file: string): void {
  if (existsSync(file)) throw alreadyThere(file, undefined);
}

function alreadyThere(file: string, cause: unknown): Fault {
  return new Fault('config_invalid', `${file} is there already, and no copy is written over. Name another file.`, {
    cause,
  });
}

function isExisting(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'EEXIST';
}

function cannotBeWritten(file: string, cause: unknown): Fault {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'unknown error';
  return new Fault(
    'state_unavailable',
    `${file} cannot be written (${code}). Check its folder and the room on the disk.`,
    {
      cause,
    },
  );
}

/** Brings a file, or the names in a folder, to the disk. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
