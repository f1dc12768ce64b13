import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../decision/fault.ts';

/** The file that the store has open, and whether the path still leads to it. */
export interface StateFile {
  /** Throws `Fault('state_unavailable')` when the path leads to another file or to none (security-rules.md 25). About 2 µs. */
  check(): void;
}

/** Makes the file (0600; its folder 0700) when it is missing, and remembers which one it is. */
export function openStateFile(path: string): StateFile {
  const identify = (): string | undefined => {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? undefined : `${found.dev}:${found.ino}`;
  };
  let opened: string | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // A file that exists is never opened and closed here: on POSIX that drops the locks that SQLite holds on it in this process.
    if (identify() === undefined) createFile(path);
    chmodSync(path, 0o600);
    opened = identify();
  } catch (cause) {
    throw new Fault(
      'state_unavailable',
      `The state file ${path} cannot be opened for writing. Check state.path and its folder.`,
      {
        cause,
      },
    );
  }
  return {
    check() {
      if (identify() === opened && opened !== undefined) return;
      throw new Fault(
        'state_unavailable',
        `The state file ${path} was replaced or removed while Postern had it open. Put it back, or restart Postern.`,
      );
    },
  };
}

function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (thrown) {
    const isThereNow = typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'EEXIST';
    if (!isThereNow) throw thrown;
  }
}
