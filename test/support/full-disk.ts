import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

/** The largest file that a program with a full disk may write: the reserve beside the state fits, the filled log does not. */
export const fullDiskBytes = 1_640_000;

/**
 * Makes a state file one that a program started with `fileBytes: fullDiskBytes` cannot write, as a full disk does: what
 * it would write lies beyond the largest file that the system lets it have. Answers how to make room again.
 */
export function fillState(path: string): () => void {
  const [writer, reader] = [new DatabaseSync(path, { timeout: 10_000 }), new DatabaseSync(path, { timeout: 10_000 })];
  // While somebody reads from before, the log beside the file can only grow.
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM meta').get();
  const write = writer.prepare("REPLACE INTO meta VALUES ('filler', ?)");
  // Pages that stay the same would not be written again.
  for (let round = 0; round < 25; round += 1) write.run(randomBytes(50_000).toString('hex'));
  return () => {
    reader.exec('ROLLBACK');
    reader.close();
    writer.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    writer.close();
  };
}
