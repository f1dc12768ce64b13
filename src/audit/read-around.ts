import type { FileHandle } from 'node:fs/promises';
import { longestLineBytes } from './audit-file.ts';

const firstReach = 64 * 1024;

/** A line, found by a place within it. */
export interface LineAround {
  /** Without its line feed. */
  readonly bytes: Buffer;
  /** Where it begins in the file. */
  readonly at: number;
}

/** Reads the whole line around an offset; `undefined` when it does not end, or is longer than any of ours. */
export async function readLineAround(handle: FileHandle, offset: number): Promise<LineAround | undefined> {
  for (let reach = firstReach; reach <= longestLineBytes; reach *= 4) {
    const from = Math.max(0, offset - reach);
    const bytes = await readAt(handle, from, offset - from + reach);
    const start = bytes.lastIndexOf(10, offset - from) + 1;
    const end = bytes.indexOf(10, offset - from);
    if ((start === 0 && from > 0) || end < 0) continue;
    return { bytes: bytes.subarray(start, end), at: from + start };
  }
  return undefined;
}

const firstLength = 16 * 1024;

/** Reads a line from an offset to its end; `undefined` when it does not end, or is longer than any of ours. */
export async function readLineFrom(handle: FileHandle, offset: number): Promise<Buffer | undefined> {
  for (let length = firstLength; length <= longestLineBytes; length *= 4) {
    const bytes = await readAt(handle, offset, length);
    const end = bytes.indexOf(10);
    if (end >= 0) return bytes.subarray(0, end);
    if (bytes.length < length) return undefined;
  }
  return undefined;
}

/** Reads up to so many bytes at a place of a file. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
