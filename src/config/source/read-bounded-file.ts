import { type FileHandle, open, readdir } from 'node:fs/promises';
import { Fault } from '../../decision/fault.ts';

/**
 * Reads a file that somebody else wrote: never more than the limit, also of a device or a file that grows.
 * Rejects with the system's error, or with `Fault('config_invalid')` when the file is larger.
 */
export async function readBoundedFile(path: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    return await readAll(handle, maxBytes);
  } finally {
    await handle.close();
  }
}

/** The names in a folder. Rejects with the system's error. */
export function listFolder(path: string): Promise<readonly string[]> {
  return readdir(path);
}

async function readAll(handle: FileHandle, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(64 * 1024), 0, 64 * 1024, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    total += bytesRead;
    if (total > maxBytes) throw new Fault('config_invalid', `The file is larger than ${maxBytes} bytes.`);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
  config_invalid: 'it is too large',
};

/** True for the system's own errors about files. */
export function isReadFailure(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && /^E[A-Z]+$/.test(String(thrown.code));
}

/** True when there was more of a file than may be read of it. */
export function isTooLarge(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'config_invalid';
}

/** Why a file could not be read, in words. */
export function readFailure(thrown: unknown): string {
  const code =
    typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : 'unknown error';
  return reasons[code] ?? `the system says ${code}`;
}
