import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, linkSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../decision/fault.ts';
import { syncPath } from './backup-state.ts';
import type { SqlDatabase } from './sqlite-database.ts';

/**
 * Keeps the file as it is before its schema is changed: `postern.db.v1-copy`, for whoever goes back to the Postern of
 * before. Of several processes that start at once, one keeps it. Throws `Fault('state_unavailable')` when there is no
 * room for it: without a copy nothing is changed.
 */
export function keepOlderCopy(database: SqlDatabase, path: string, version: number): void {
  const copy = `${path}.v${version}-copy`;
  if (existsSync(copy)) return;
  const part = `${copy}.${randomBytes(4).toString('hex')}.part`;
  let isBegun = false;
  try {
    closeSync(openSync(part, 'wx', 0o600));
    isBegun = true;
    database.prepare('VACUUM INTO ?').run(part);
    syncPath(part);
    linkSync(part, copy);
    syncPath(dirname(copy));
  } catch (cause) {
    if (existsSync(copy)) return;
    throw new Fault(
      'state_unavailable',
      `The state file ${path} has to be upgraded, and the copy that is kept of it cannot be written to ${copy}. Make room there, and start again.`,
      { cause },
    );
  } finally {
    if (isBegun) rmSync(part, { force: true });
  }
}
