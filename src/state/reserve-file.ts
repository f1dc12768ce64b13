import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * A file beside the state that holds room on the disk. Its head is never given back: what is written there, in place,
 * needs no room. The rest is given back when the disk is full. Every process of the machine reads the same head.
 */
export interface ReserveFile {
  /**
   * What stands in the head now, when it is another text than at the last call; a look costs about 2 µs.
   * @param isThorough also notices that the file was replaced
   */
  readNew(isThorough: boolean): HeadText | 'same';
  /** What was read last could not be understood: it is read once more. */
  readAgain(): void;
  /** Puts bytes in the place of those of the head, on the disk when it answers. False when they are too many or nothing can be written. One writer at a time. */
  write(bytes: Uint8Array): boolean;
  /** Gives back the room behind the head. False when there was none. */
  free(): boolean;
  /** Leaves a file without a byte, which needs no room: whoever starts next knows that something was not written. False when not even that works. */
  mark(): boolean;
  /** Makes the file again, and its room, where the disk has plenty. Never throws. */
  restore(): void;
  close(): void;
}

/** `empty`: nothing. `missing`: there is no such file. `mark`: without a byte, left at that time. */
export type HeadText =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly atMs: number }
  | { readonly kind: 'empty' | 'missing' }
  | { readonly kind: 'mark'; readonly atMs: number };

const blockBytes = 4096;
const slotBytes = 256 * 1024;
const headBytes = blockBytes + 2 * slotBytes;
const roomBytes = 1024 * 1024;
/** The file is made only where this much more is free: room that somebody has just made is not for us. */
const plentyBytes = 8 * (headBytes + roomBytes);

/** @param randomBytes what fills the file: a file system that compresses would not hold room for zeros */
export function openReserveFile(path: string, randomBytes: (count: number) => Buffer): ReserveFile {
  let opened: { readonly fd: number; readonly inode: bigint } | undefined;
  let seen: string | undefined;

  function reopen(): void {
    close();
    try {
      const fd = openSync(path, 'r+');
      opened = { fd, inode: fstatSync(fd, { bigint: true }).ino };
    } catch {
      opened = undefined;
    }
  }

  function close(): void {
    if (opened !== undefined) closeSync(opened.fd);
    opened = undefined;
  }

  function isInPlace(): boolean {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return opened !== undefined && found?.ino === opened.inode;
  }

  /** The head tells a generation and a length; the generation says which slot. Flipping it is one write within a block. */
  function readHead(fd: number): { readonly generation: number; readonly length: number } | undefined {
    const head = Buffer.alloc(16);
    if (readSync(fd, head, 0, 16, 0) < 16 || head.toString('latin1', 0, 4) !== 'PRSV') return undefined;
    return { generation: head.readUInt32BE(4), length: head.readUInt32BE(8) };
  }

  const slotOf = (generation: number): number => blockBytes + (generation % 2) * slotBytes;

  function writeHead(fd: number, generation: number, length: number): void {
    const head = Buffer.alloc(16);
    head.write('PRSV', 'latin1');
    head.writeUInt32BE(generation, 4);
    head.writeUInt32BE(length, 8);
    writeSync(fd, head, 0, 16, 0);
    fsyncSync(fd);
  }

  function readText(): HeadText {
    if (opened === undefined) return { kind: 'missing' };
    const { fd } = opened;
    const { size, mtimeMs: atMs } = fstatSync(fd);
    if (size === 0) return { kind: 'mark', atMs };
    const head = readHead(fd);
    if (head === undefined || head.length > slotBytes) return { kind: 'mark', atMs };
    if (head.length === 0) return { kind: 'empty' };
    const bytes = Buffer.alloc(head.length);
    readSync(fd, bytes, 0, head.length, slotOf(head.generation));
    return { kind: 'bytes', bytes, atMs };
  }

  function fill(fd: number, from: number): void {
    const chunk = randomBytes(64 * 1024);
    for (let at = from; at < headBytes + roomBytes; at += chunk.length) {
      writeSync(fd, chunk, 0, Math.min(chunk.length, headBytes + roomBytes - at), at);
    }
    fsyncSync(fd);
  }

  function make(): void {
    const draft = `${path}.new`;
    const fd = openSync(draft, 'w', 0o600);
    try {
      fill(fd, 0);
      writeHead(fd, 0, 0);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, path);
    reopen();
  }

  reopen();
  return {
    readNew(isThorough) {
      if (opened === undefined || isThorough) if (!isInPlace()) reopen();
      if (opened === undefined) {
        if (seen === 'missing') return 'same';
        seen = 'missing';
        return { kind: 'missing' };
      }
      const head = readHead(opened.fd);
      const now = head === undefined ? 'mark' : `${head.generation}:${head.length}`;
      if (now === seen) return 'same';
      seen = now;
      return readText();
    },
    readAgain() {
      seen = undefined;
    },
    write(bytes) {
      if (bytes.length > slotBytes) return false;
      try {
        if (!isInPlace()) reopen();
        if (opened === undefined) return false;
        const { fd } = opened;
        const head = readHead(fd);
        if (head === undefined) return false;
        const generation = (head.generation + 1) >>> 0;
        writeSync(fd, bytes, 0, bytes.length, slotOf(generation));
        fsyncSync(fd);
        writeHead(fd, generation, bytes.length);
        return true;
      } catch {
        return false;
      }
    },
    free() {
      try {
        if (opened === undefined || fstatSync(opened.fd).size <= headBytes) return false;
        ftruncateSync(opened.fd, headBytes);
        return true;
      } catch {
        return false;
      }
    },
    mark() {
      try {
        closeSync(openSync(path, 'w', 0o600));
        return true;
      } catch {
        return false;
      }
    },
    restore() {
      try {
        if (!isInPlace()) reopen();
        const size = opened === undefined ? 0 : fstatSync(opened.fd).size;
        if (size === headBytes + roomBytes) return;
        const { bavail, bsize } = statfsSync(dirname(path));
        if (bavail * bsize < plentyBytes) return;
        if (opened === undefined || size < headBytes) make();
        else fill(opened.fd, size);
      } catch {
        // Tried again a minute later; `write` says where it stands meanwhile.
      }
    },
    close,
  };
}
