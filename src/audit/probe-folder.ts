import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const probeBytes = 4096;

/** Writes a block into a folder and takes it away again: a folder that is gone, full or closed rejects with the system's error. */
export async function probeFolder(directory: string, pid: number): Promise<void> {
  const path = join(directory, `.probe-${pid}`);
  const file = await open(path, 'w', 0o600);
  try {
    await file.write(Buffer.alloc(probeBytes, '.'));
    // Some file systems find out only here that there is no room.
    await file.datasync();
  } finally {
    await file.close();
    await unlink(path).catch(() => undefined);
  }
}
