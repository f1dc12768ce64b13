import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { locateWatched } from './locate-watched.ts';
import { failureFingerprint, fingerprintOf } from './recorded-load.ts';
import type { FileFingerprints } from './reload.ts';

export interface FileWatchParts {
  readonly readFile: (path: string, maxBytes: number) => Promise<Buffer>;
  /** Hears of files whose content differs from what was last read, once they are quiet. */
  readonly onChange: (changed: readonly string[]) => void;
  /** How long nothing may happen before the files are looked at. Default 150 ms. */
  readonly quietMs?: number;
  /** How often they are looked at although nothing was heard: network file systems tell nothing. Default 10 s. */
  readonly pollMs?: number;
}

export interface FileWatch {
  /** From now on these files are watched, and this is what was last read of them. */
  expect(files: FileFingerprints): void;
  close(): void;
}

const maxFileBytes = 16 * 1024 * 1024;

/**
 * Watches files through their folders, so that it survives how files are replaced: by a rename (most editors), by a link
 * that is turned, by writing piece by piece. What counts is the content, never the time.
 */
export function watchFiles(parts: FileWatchParts): FileWatch {
  const { quietMs = 150, pollMs = 10_000 } = parts;
  const watchers = new Map<string, FSWatcher>();
  let names = new Map<string, Set<string>>();
  let expected: FileFingerprints = new Map();
  let touched: string | undefined;
  let quiet: NodeJS.Timeout | undefined;
  let generation = 0;
  let isLooking = false;
  let isClosed = false;

  function heard(folder: string, name: string | null): void {
    // The state and its journal often lie beside the configuration and change all the time.
    if (name !== null && names.get(folder)?.has(name) !== true) return;
    clearTimeout(quiet);
    quiet = setTimeout(() => void look(), quietMs);
    quiet.unref();
  }

  async function look(): Promise<void> {
    if (isClosed) return;
    if (isLooking) return heardAgain();
    isLooking = true;
    const of = generation;
    try {
      const changed: string[] = [];
      const found = new Map<string, string>();
      for (const [path, before] of expected) {
        const fingerprint = await parts.readFile(path, maxFileBytes).then(fingerprintOf, failureFingerprint);
        found.set(path, fingerprint);
        if (fingerprint !== before) changed.push(path);
      }
      await watchFolders([...expected.keys()]);
      // A load has read them meanwhile: it says what is expected now.
      if (isClosed || of !== generation || changed.length === 0) return;
      expected = found;
      parts.onChange(changed);
    } finally {
      isLooking = false;
    }
  }

  function heardAgain(): void {
    clearTimeout(quiet);
    quiet = setTimeout(() => void look(), quietMs);
    quiet.unref();
  }

  async function watchFolders(paths: readonly string[]): Promise<void> {
    const wanted = new Map<string, Set<string>>();
    for (const path of paths) {
      for (const { folder, name } of await locateWatched(path)) {
        wanted.set(folder, (wanted.get(folder) ?? new Set()).add(name));
      }
    }
    if (isClosed) return;
    names = wanted;
    for (const [folder, watcher] of watchers) if (!wanted.has(folder)) stop(folder, watcher);
    for (const folder of wanted.keys()) if (!watchers.has(folder)) begin(folder);
  }

  function begin(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => heard(folder, name));
      watcher.on('error', () => stop(folder, watcher));
      watchers.set(folder, watcher);
    } catch {
      // No such folder yet, or no more watches to be had: the poll sees to it.
    }
  }

  function stop(folder: string, watcher: FSWatcher): void {
    watcher.close();
    if (watchers.get(folder) === watcher) watchers.delete(folder);
  }

  /** A large configuration is not read every few seconds for nothing. */
  async function lookIfTouched(): Promise<void> {
    const before = touched;
    touched = (await Promise.all([...expected.keys()].map(touchOf))).join('\n');
    if (touched !== before) await look();
  }

  const poll = setInterval(() => void lookIfTouched(), pollMs);
  poll.unref();
  return {
    expect(files) {
      generation += 1;
      expected = files;
      // What was written between that read and the watch tells of itself to nobody.
      void watchFolders([...files.keys()]).then(() => heardAgain());
    },
    close() {
      isClosed = true;
      clearInterval(poll);
      clearTimeout(quiet);
      for (const [folder, watcher] of watchers) stop(folder, watcher);
    },
  };
}

/** What the file system says of a file without reading it; the time of the inode changes with every write and rename. */
async function touchOf(path: string): Promise<string> {
  try {
    const { ino, size, ctimeMs } = await stat(path);
    return `${path} ${ino} ${size} ${ctimeMs}`;
  } catch {
    return `${path} -`;
  }
}
