import { hash } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeTime, ulid } from 'ulid';
import { type AuditLine, type Opening, parseLine } from './audit-line.ts';

/** No line of ours comes near this; a longer one is not ours. */
export const longestLineBytes = 4 * 1024 * 1024;

const nameShape = /^([0-7][0-9A-HJKMNP-TV-Z]{25})-(\d{1,10})\.jsonl$/;

export interface AuditFileName {
  readonly name: string;
  /** A ULID: when the file was begun. */
  readonly id: string;
  readonly beganAtMs: number;
  readonly pid: number;
}

/** Names a new file after its time and process: names sort by time, and two processes never share one. */
export function makeFileName(nowMs: number, pid: number, random: () => number): string {
  return `${ulid(nowMs, random)}-${pid}.jsonl`;
}

/** Reads a file's name; `undefined` when it is not one of ours. */
export function parseFileName(name: string): AuditFileName | undefined {
  const [, id, pid] = nameShape.exec(name) ?? [];
  if (id === undefined || pid === undefined) return undefined;
  return { name, id, beganAtMs: decodeTime(id), pid: Number(pid) };
}

/** The trail's files in a folder, oldest first. */
export async function listAuditFiles(directory: string): Promise<readonly AuditFileName[]> {
  const names = (await readdir(directory)).sort();
  return names.map(parseFileName).filter((file) => file !== undefined);
}

/** How a file begins; `undefined` when its first line is not a whole opening. */
export async function readOpening(directory: string, name: string): Promise<Opening | undefined> {
  const handle = await open(join(directory, name));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const end = buffer.subarray(0, bytesRead).indexOf(10);
    if (end < 0) return undefined;
    const parsed = parseLine(buffer.subarray(0, end));
    return parsed.outcome === 'line' && 'opening' in parsed.line ? parsed.line.opening : undefined;
  } finally {
    await handle.close();
  }
}

/** The end of a file: its last whole line, and what stands behind it when a write was cut off. */
export interface FileTail {
  readonly last: AuditLine | undefined;
  readonly torn: { readonly bytes: number; readonly sha256: string } | null;
}

/** Reads a file's end without reading the file. */
export async function readTail(directory: string, name: string): Promise<FileTail> {
  const handle = await open(join(directory, name));
  try {
    const { size } = await handle.stat();
    for (let length = Math.min(size, 64 * 1024); ; length = Math.min(size, length * 4)) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      const bytes = buffer.subarray(0, bytesRead);
      const end = bytes.lastIndexOf(10);
      const start = end < 1 ? -1 : bytes.lastIndexOf(10, end - 1);
      const isWhole = start >= 0 || length >= Math.min(size, longestLineBytes);
      if (!isWhole) continue;
      const rest = bytes.subarray(end + 1);
      const parsed = end < 0 ? undefined : parseLine(bytes.subarray(start + 1, end));
      return {
        last: parsed?.outcome === 'line' ? parsed.line : undefined,
        torn: rest.length === 0 ? null : { bytes: rest.length, sha256: hash('sha256', rest) },
      };
    }
  } finally {
    await handle.close();
  }
}
