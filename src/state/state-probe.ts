import { statSync } from 'node:fs';
import { Fault } from '../decision/fault.ts';
import { numberOf, type SqlDatabase } from './sqlite-database.ts';

/**
 * Builds what reads and writes something small, as far as the file: the pages that a connection remembers are forgotten
 * first, since they would hide a file that was damaged or cut off behind them. About 0.1 ms.
 * @param database a connection of its own
 */
export function createStateProbe(database: SqlDatabase, path: string, now: () => number): () => void {
  // The first and the last record lie at both ends of the table, the newest change in another one.
  const reads = [
    "SELECT value FROM meta WHERE name = 'data_key'",
    'SELECT key FROM records ORDER BY kind, key LIMIT 1',
    'SELECT key FROM records ORDER BY kind DESC, key DESC LIMIT 1',
    'SELECT key FROM tombstones ORDER BY key DESC, kind DESC LIMIT 1',
    'SELECT sequence FROM change_log ORDER BY sequence DESC LIMIT 1',
  ].map((sql) => database.prepare(sql));
  const size = database.prepare(
    'SELECT (SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM pragma_page_size()) AS bytes',
  );
  const write = database.prepare(
    "INSERT INTO meta (name, value) VALUES ('probed_at_ms', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  );
  let largestBytes = 0;

  /** The file never shrinks by itself; what is not in it yet is in the log beside it. */
  function checkSize(): void {
    const [row] = size.all();
    const neededBytes = row === undefined ? 0 : numberOf(row, 'bytes');
    const { size: bytes } = statSync(path);
    if (bytes < Math.min(largestBytes, neededBytes)) {
      throw new Fault('state_corrupt', `The state file ${path} was cut off. Restore it from a backup.`);
    }
    largestBytes = bytes;
  }

  return () => {
    database.execute('PRAGMA shrink_memory');
    for (const read of reads) read.all();
    checkSize();
    database.transaction(() => write.run(`${now()}`));
  };
}
