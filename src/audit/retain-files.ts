import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { listAuditFiles, readOpening, readTail } from './audit-file.ts';

/** A file that is old enough to go. */
export interface ExpiredFile {
  readonly name: string;
  readonly chain: string;
  /** True when no file of its chain stays. */
  readonly isLastOfChain: boolean;
}

/**
 * Finds the files whose last line is older than the cutoff, oldest first. The newest file of a chain that may still be
 * written stays, however old.
 */
export async function findExpiredFiles(
  directory: string,
  beforeMs: number,
  isOver: (chain: string) => boolean,
): Promise<readonly ExpiredFile[]> {
  const filesOf = new Map<string, string[]>();
  for (const { name } of await listAuditFiles(directory)) {
    const chain = (await readOpening(directory, name))?.chain;
    if (chain !== undefined) filesOf.set(chain, [...(filesOf.get(chain) ?? []), name]);
  }
  const expired: ExpiredFile[] = [];
  for (const [chain, names] of filesOf) {
    for (const [index, name] of names.entries()) {
      const isLastOfChain = index === names.length - 1;
      if (isLastOfChain && !isOver(chain)) break;
      const { last } = await readTail(directory, name);
      if (last === undefined || last.recorded_at_ms >= beforeMs) break;
      expired.push({ name, chain, isLastOfChain });
    }
  }
  return expired.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Removes the files, after the trail has recorded that it will. A file that is gone already is no failure. */
export async function removeFiles(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await unlink(join(directory, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
