import { existsSync } from 'node:fs';
import { Fault, toFault } from '../decision/fault.ts';
import { numberOf, openSqliteDatabase } from './sqlite-database.ts';

/**
 * Throws `Fault('config_invalid')` when the file has an older schema and another process has it open: an older Postern
 * would go on writing sessions without tags, which no later revocation of a person finds.
 */
export function refuseSharedUpgrade(path: string, newest: number, lockWaitMs: number): void {
  if (!existsSync(path)) return;
  const look = openSqliteDatabase(path, lockWaitMs);
  let version = 0;
  try {
    const [row] = look.prepare('PRAGMA user_version').all();
    version = row === undefined ? 0 : numberOf(row, 'user_version');
  } finally {
    look.close();
  }
  if (version === 0 || version >= newest) return;
  const alone = openSqliteDatabase(path, lockWaitMs);
  try {
    alone.execute('PRAGMA locking_mode = EXCLUSIVE');
    alone.execute('BEGIN EXCLUSIVE; ROLLBACK');
  } catch (cause) {
    if (toFault(cause).code === 'state_corrupt') return;
    throw new Fault(
      'config_invalid',
      `The state file ${path} has to be upgraded, and another process has it open. Stop the older Postern first.`,
      { cause },
    );
  } finally {
    alone.close();
  }
}
