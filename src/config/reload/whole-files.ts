import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LoadPorts } from '../source/dereference.ts';
import { testFileEnding, testFilesOf } from '../tryout/load-test-files.ts';
import { failureFingerprint, fingerprintAt, fingerprintOf } from './recorded-load.ts';
import type { FileFingerprints } from './reload.ts';

export interface WholeFilesParts extends Pick<LoadPorts, 'readFile' | 'listFolder'> {
  /** Its end marker, once there, is expected from then on. */
  readonly ownPath: string;
  /** How long a file that is written in place must not change. */
  readonly quietMs: number;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonicMs: () => number;
}

/**
 * Tells whether files may still be being written. A file is known to be whole when it was put in its place in one step
 * (a rename, a link that was turned), when its last line is the end marker of YAML, `...`, or when nothing of it has
 * changed for a while.
 */
export interface WholeFiles {
  /** What was read of these is what runs now: whatever comes is compared with it. @param isSaidToBeWhole by somebody who asked for it */
  settle(files: FileFingerprints, isSaidToBeWhole: boolean): Promise<void>;
  /** @param files as they were read. `0`: all are whole; else how long until it is worth asking again, `Infinity` when waiting alone proves nothing. */
  waitMs(files: FileFingerprints): Promise<number>;
}

/** What the file system says of a path. */
interface Look {
  /** Changes with whatever is done to the file. */
  readonly state: string;
  readonly place: Place | undefined;
}

/** Which file a path leads to. */
interface Place {
  readonly inode: string;
  readonly path: string;
  /** True when something was done to it after its last write: a rename, rights, times. */
  readonly isTouchedSince: boolean;
}

const maxFileBytes = 16 * 1024 * 1024;
const endMarker = /^\.\.\.[ \t]*(?:#.*)?\r?\n?\s*$/;

/** Builds the memory of what was seen when. */
export function createWholeFiles(parts: WholeFilesParts): WholeFiles {
  const { ownPath, quietMs, monotonicMs } = parts;
  const settled = new Map<string, Place | undefined>();
  const seen = new Map<string, { readonly state: string; readonly sinceMs: number }>();
  /** As it was when it was last known to be whole. */
  let wholeState: string | undefined;
  let isMarked = false;

  async function waitFor(path: string, read: string): Promise<number> {
    const before = await lookAt(path);
    const waitMs = await waitInState(path, read, before);
    if (path === ownPath && waitMs === 0) wholeState = before.state;
    return waitMs;
  }

  async function waitInState(path: string, read: string, before: Look): Promise<number> {
    const isSeen = seen.get(path)?.state === before.state;
    const sinceMs = isSeen ? (seen.get(path)?.sinceMs ?? monotonicMs()) : monotonicMs();
    seen.set(path, { state: before.state, sinceMs });
    const content = await contentOf(path, read);
    // What was read is not what is there: it is being changed right now.
    if (content === 'other' || (await lookAt(path)).state !== before.state) return quietMs;
    if (isReplaced(settled.get(path), before.place)) return 0;
    const canMark = path === ownPath || path.endsWith(testFileEnding);
    const hasMarker = canMark && content !== 'unreadable' && endsWithMarker(content);
    if (hasMarker) return 0;
    if (path === ownPath && isMarked) return Number.POSITIVE_INFINITY;
    return Math.max(0, sinceMs + quietMs - monotonicMs());
  }

  async function contentOf(path: string, read: string): Promise<Buffer | 'other' | 'unreadable'> {
    if (isListing(path)) return (await fingerprintAt(path, parts, 0)) === read ? 'unreadable' : 'other';
    try {
      const content = await parts.readFile(path, maxFileBytes);
      return fingerprintOf(content) === read ? content : 'other';
    } catch (thrown) {
      return failureFingerprint(thrown) === read ? 'unreadable' : 'other';
    }
  }

  async function lookAt(path: string): Promise<Look> {
    if (isListing(path)) return { state: await fingerprintAt(path, parts, 0), place: undefined };
    try {
      const [at, { dev, ino, size, mtimeNs, ctimeNs }] = await Promise.all([
        realpath(path),
        stat(path, { bigint: true }),
      ]);
      const place = { inode: `${dev}:${ino}`, path: at, isTouchedSince: ctimeNs > mtimeNs };
      return { state: `${at} ${place.inode} ${size} ${mtimeNs} ${ctimeNs}`, place };
    } catch (thrown) {
      return { state: failureFingerprint(thrown), place: undefined };
    }
  }

  return {
    async settle(files, isSaidToBeWhole) {
      const looks = await Promise.all([...files.keys()].map(async (path) => [path, await lookAt(path)] as const));
      settled.clear();
      for (const [path, { place }] of looks) settled.set(path, place);
      for (const path of seen.keys()) if (!files.has(path)) seen.delete(path);
      const [read, state] = [files.get(ownPath), looks.find(([path]) => path === ownPath)?.[1].state];
      if (read === undefined) return;
      const content = await contentOf(ownPath, read);
      const hasMarker = typeof content !== 'string' && endsWithMarker(content);
      // Half of a file that only closes runs, too, and its marker is still to come.
      isMarked = hasMarker || (isMarked && !isSaidToBeWhole && state !== wholeState);
    },
    async waitMs(files) {
      let longest = 0;
      for (const [path, read] of files) longest = Math.max(longest, await waitFor(path, read));
      return longest;
    },
  };
}

/**
 * Another file than before, in one step. A new file alone says nothing: some editors make one and then write it. One that
 * was touched after its last write was finished under another name.
 */
function isReplaced(before: Place | undefined, now: Place | undefined): boolean {
  if (before === undefined || now === undefined || before.inode === now.inode) return false;
  return before.path !== now.path || now.isTouchedSince;
}

/** Column zero belongs to the marker alone, in every YAML. */
function endsWithMarker(content: Buffer): boolean {
  const text = content.toString('utf8').trimEnd();
  return endMarker.test(text.slice(text.lastIndexOf('\n') + 1));
}

function isListing(path: string): boolean {
  return path === testFilesOf(dirname(path));
}
