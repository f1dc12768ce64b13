import { randomBytes } from 'node:crypto';
import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../decision/fault.ts';
import { backupMadeAtMs, forgetBackupMadeAt, requireKey, requireWhole, syncPath } from './backup-state.ts';
import type { StateKey } from './key-provider.ts';
import { openSqliteDatabase, type SqlDatabase } from './sqlite-database.ts';
import { migrate } from './sqlite-schema.ts';
import type { RecordKind } from './state-store.ts';

/** What a browser or a sign-in on its way holds: what was revoked since the copy was made is among it, and nothing tells which. */
const ofSessions: readonly RecordKind[] = [
  'session',
  'last_seen',
  'provider_grant',
  'refresh_lease',
  'credential',
  'ticket',
  'return_target',
  'sign_in_attempt',
  'single_sign_on',
  'device_nonce',
];

export interface RestoreSettings {
  /** The state file. Nothing may have it open. */
  readonly path: string;
  readonly key: StateKey;
  /** The copy; it stays as it is. */
  readonly file: string;
  readonly now: () => number;
  /** Works on the copy before it takes the state's place: what a later revocation must keep closed is put there. */
  readonly beforePlacing: (path: string, madeAtMs: number) => Promise<void>;
}

export interface Restored {
  readonly madeAtMs: number;
  readonly sessionsEnded: number;
  /** Where the state of before is now; `undefined` when there was none. */
  readonly keptAs: string | undefined;
}

/**
 * Puts a copy in the place of the state. Every session of the copy is ended: one that was revoked since would come back
 * to life. Rejects with `Fault('config_invalid')` when the file is no copy, or Postern runs.
 */
export async function restoreState(settings: RestoreSettings): Promise<Restored> {
  const { path, key, file, now } = settings;
  if (!existsSync(file)) throw new Fault('state_unavailable', `There is no file ${file}.`);
  refuseRunning(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.${randomBytes(4).toString('hex')}.part`;
  try {
    copyFileSync(file, part, constants.COPYFILE_EXCL);
    chmodSync(part, 0o600);
    const { madeAtMs, sessionsEnded } = await prepare(part, file, key);
    await settings.beforePlacing(part, madeAtMs);
    refuseRunning(path);
    const keptAs = setAside(path, now());
    syncPath(part);
    renameSync(part, path);
    syncPath(dirname(path));
    return { madeAtMs, sessionsEnded, keptAs };
  } finally {
    for (const rest of filesOf(part)) rmSync(rest, { force: true });
  }
}

async function prepare(part: string, file: string, key: StateKey) {
  const database = openSqliteDatabase(part, 0);
  try {
    await requireKey(database, file, key);
    requireWhole(database, file);
    const madeAtMs = backupMadeAtMs(database);
    if (madeAtMs === undefined)
      throw new Fault(
        'config_invalid',
        `${file} was not made by \`postern state backup\`: nothing says of when it is.`,
      );
    migrate(database, file, undefined, false);
    const sessionsEnded = database.transaction(() => {
      forgetBackupMadeAt(database);
      return endSessions(database);
    });
    return { madeAtMs, sessionsEnded };
  } finally {
    database.close();
  }
}

function endSessions(database: SqlDatabase): number {
  const remove = database.prepare('DELETE FROM records WHERE kind = ?');
  const gone = new Map(ofSessions.map((kind) => [kind, remove.run(kind)]));
  return gone.get('session') ?? 0;
}

const filesOf = (path: string): readonly string[] => [path, `${path}-wal`, `${path}-shm`, `${path}-journal`];

/** Throws when another process has the state open. Takes what stands in the write-ahead log into the file. */
function refuseRunning(path: string): void {
  if (!existsSync(path)) return;
  const database = openSqliteDatabase(path, 0);
  try {
    // In this mode the first access needs the file for itself.
    database.execute('PRAGMA locking_mode = EXCLUSIVE');
    database.execute('BEGIN EXCLUSIVE; ROLLBACK');
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'state_corrupt') return;
    throw new Fault(
      'config_invalid',
      `The state ${path} is in use. Stop Postern first: a restored state is read at a start.`,
      {
        cause,
      },
    );
  } finally {
    database.close();
  }
}

function setAside(path: string, nowMs: number): string | undefined {
  if (!existsSync(path)) return undefined;
  const keptAs = `${path}.before-restore-${new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  const aside = filesOf(keptAs);
  for (const [index, from] of filesOf(path).entries()) if (existsSync(from)) renameSync(from, aside[index] ?? keptAs);
  return keptAs;
}
