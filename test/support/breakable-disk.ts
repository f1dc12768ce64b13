import { open } from 'node:fs/promises';
import type { CreateFile } from '../../src/audit/append-file.ts';

/** A disk whose writes can be made to fail, half-way too. */
export function createBreakableDisk() {
  const disk = { error: undefined as string | undefined, isSyncBroken: false, isTruncateBroken: false };
  const fail = (code: string) => Object.assign(new Error(code), { code });
  const create: CreateFile = async (path) => {
    const handle = await open(path, 'ax', 0o600);
    return {
      async writev(buffers) {
        if (disk.error === undefined) return handle.writev([...buffers]);
        await handle.write(Buffer.concat([...buffers]).subarray(0, 40));
        throw fail(disk.error);
      },
      async datasync() {
        if (disk.isSyncBroken) throw fail('EIO');
        await handle.datasync();
      },
      async truncate(length) {
        if (disk.isTruncateBroken) throw fail('EIO');
        await handle.truncate(length);
      },
      stat: () => handle.stat(),
      close: () => handle.close(),
    };
  };
  return { disk, create };
}
