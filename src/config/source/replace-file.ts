import { randomUUID } from 'node:crypto';
import { type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces a file's content at once: whoever reads it sees the old or the new one, never a part. The mode stays; of a
 * symbolic link the file that it points to is replaced. Rejects with the system's error, and then nothing has changed.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const target = await realpath(path);
  const { mode } = await stat(target);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx', 0o600);
    await handle.writeFile(content);
    // Not at opening, where the umask would take bits away.
    await handle.chmod(mode & 0o7777);
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, target);
  } catch (thrown) {
    await handle?.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw thrown;
  }
}
