import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FaultCode } from '../decision/fault.ts';

const corrupt = 11;
const notADatabase = 26;
const full = 13;
const readOnly = 8;
const inputOutput = 10;
/** Extended codes of 10 that speak of writing: write, fsync, directory sync, truncate, open and size of the shared memory. */
const unwritable: ReadonlySet<number> = new Set([778, 1034, 1290, 1546, 4618, 4874]);

/** What an error of SQLite means for Postern, as a fault's code and a whole sentence. @param errcode the extended result code */
export function describeSqliteError(
  errcode: number,
  path: string,
  text: string,
): { readonly code: FaultCode; readonly message: string } {
  // The primary result code is the low byte of the extended one.
  const primary = errcode & 0xff;
  if (primary === corrupt || primary === notADatabase) {
    const message = `The state file ${path} is damaged or not a state file. Restore it from a backup.`;
    return { code: 'state_corrupt', message };
  }
  const isWrite = primary === readOnly || (primary === inputOutput && unwritable.has(errcode));
  if (primary === full || (isWrite && isDiskFull(path))) return { code: 'state_unwritable', message: diskFull(path) };
  if (isWrite) {
    const message = `The state file ${path} cannot be written (${text}). Look at its disk and its mount; Postern goes on by itself once it can.`;
    return { code: 'state_unwritable', message };
  }
  return { code: 'state_unavailable', message: `The state file ${path} did not answer: ${text}.` };
}

/** The sentence for a disk without room. */
export function diskFull(path: string): string {
  const folder = dirname(path);
  return `The disk of the state file ${path} is full. Make room in the file system of ${folder} (df -h ${folder}); Postern goes on by itself then.`;
}

/** True when an ordinary program could write no byte more beside the file. */
export function isDiskFull(path: string): boolean {
  try {
    return statfsSync(dirname(path)).bavail === 0;
  } catch {
    return false;
  }
}
