import { chmod, mkdir, readFile, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile } from '../../config/source/replace-file.ts';

/** A file that is to come; `path` begins at the folder. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

export interface Plan {
  readonly files: readonly PlannedFile[];
  /** Folders for their owner alone. */
  readonly folders: readonly string[];
  /** Lines that `.gitignore` must have. */
  readonly ignored: readonly string[];
}

/** Those of the plan's files that are there already. */
export async function findExisting(folder: string, paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map((path) => isThere(join(folder, path))));
  return paths.filter((_, index) => found[index]);
}

/**
 * Writes all of a plan, or nothing of it: what fails, or is interrupted, takes back what was written before. No file is
 * written over. Rejects with the system's error, or with the reason of `interrupted`.
 */
export async function writeTogether(
  folder: string,
  { files, folders, ignored }: Plan,
  interrupted: AbortSignal,
): Promise<void> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    await makeFolder(folder, 0o777, undo);
    for (const name of folders) await makeFolder(join(folder, name), 0o700, undo);
    for (const { path, text, mode } of files) {
      interrupted.throwIfAborted();
      const target = join(folder, path);
      // A file that somebody made meanwhile is theirs.
      await writeFile(target, text, { flag: 'wx', mode: 0o600 });
      undo.push(() => unlink(target));
      await chmod(target, mode);
    }
    await ignore(join(folder, '.gitignore'), ignored, undo);
    interrupted.throwIfAborted();
  } catch (thrown) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    throw thrown;
  }
}

/** With the folders above it. Those that were there stay as they are. */
async function makeFolder(path: string, mode: number, undo: (() => Promise<unknown>)[]): Promise<void> {
  if (await isThere(path)) return;
  await makeFolder(dirname(path), 0o777, undo);
  await mkdir(path, { mode });
  undo.push(() => rmdir(path));
}

async function ignore(path: string, lines: readonly string[], undo: (() => Promise<unknown>)[]): Promise<void> {
  if (!(await isThere(path))) {
    await writeFile(path, `${lines.join('\n')}\n`, { flag: 'wx' });
    undo.push(() => unlink(path));
    return;
  }
  const before = await readFile(path, 'utf8');
  const known = new Set(before.split(/\r?\n/).map((line) => line.trim()));
  const lacking = lines.filter((line) => !known.has(line));
  if (lacking.length === 0) return;
  await replaceFile(path, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${lacking.join('\n')}\n`);
  undo.push(() => replaceFile(path, before));
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
