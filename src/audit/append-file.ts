import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The part of `FileHandle` that the trail needs; tests hand in one that fails. */
export interface AppendHandle {
  writev(buffers: readonly Uint8Array[]): Promise<{ readonly bytesWritten: number }>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  stat(): Promise<{ readonly ino: number; readonly dev: number }>;
  close(): Promise<void>;
}

/** Creates a file that must not exist yet, for appending, readable by its owner alone. */
export type CreateFile = (path: string) => Promise<AppendHandle>;

/** Creates it on the disk: a file whose name is lost in a power cut would take its durable events along. */
export const createFile: CreateFile = async (path) => {
  const handle = await open(path, 'ax', 0o600);
  const directory = await open(dirname(path));
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  return handle;
};

/** A file that only grows by whole lines. */
export interface AppendFile {
  readonly bytes: () => number;
  /** Cuts off what a failed `append` left behind; to be called before the next one. Throws when even that is impossible. */
  restore(): Promise<void>;
  append(buffers: readonly Uint8Array[]): Promise<void>;
  /** Throws when what was written may not be on the disk; this file cannot be relied on any more then. */
  sync(): Promise<void>;
  /** False when the path no longer leads to this file: somebody moved or removed it. */
  isInPlace(): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens a new file. */
export async function openAppendFile(path: string, create: CreateFile): Promise<AppendFile> {
  const handle = await create(path);
  let goodBytes = 0;
  let needsCut = false;

  return {
    bytes: () => goodBytes,
    async restore() {
      if (!needsCut) return;
      await handle.truncate(goodBytes);
      needsCut = false;
    },
    async append(buffers) {
      needsCut = true;
      const wanted = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
      await writeAll(handle, buffers, wanted);
      goodBytes += wanted;
      needsCut = false;
    },
    sync: () => handle.datasync(),
    async isInPlace() {
      try {
        const [atPath, own] = await Promise.all([stat(path), handle.stat()]);
        return atPath.ino === own.ino && atPath.dev === own.dev;
      } catch {
        return false;
      }
    },
    close: () => handle.close(),
  };
}

async function writeAll(handle: AppendHandle, buffers: readonly Uint8Array[], wanted: number): Promise<void> {
  let { bytesWritten: written } = await handle.writev(buffers);
  if (written === wanted) return;
  const all = Buffer.concat(buffers);
  while (written < wanted) {
    const { bytesWritten } = await handle.writev([all.subarray(written)]);
    if (bytesWritten === 0) throw new Error(`The system wrote ${written} of ${wanted} bytes.`);
    written += bytesWritten;
  }
}
