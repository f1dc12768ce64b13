import { lstat, readlink } from 'node:fs/promises';
import { basename, dirname, join, parse, resolve, sep } from 'node:path';

/** A name in a folder whose change can change what a path leads to. */
export interface WatchedName {
  readonly folder: string;
  readonly name: string;
}

/** As many as Linux follows. */
const longestChain = 40;

/**
 * Where a path can change: its own folder, and that of every symbolic link on its way, since a Kubernetes ConfigMap is
 * changed by turning one link (`..data`) and nothing else. A part that is missing ends the way there.
 */
export async function locateWatched(path: string): Promise<readonly WatchedName[]> {
  const found: WatchedName[] = [];
  let links = 0;

  async function follow(wanted: string): Promise<void> {
    const { root } = parse(wanted);
    const parts = wanted.slice(root.length).split(sep).filter(Boolean);
    let at = root;
    for (const [index, part] of parts.entries()) {
      const here = join(at, part);
      const target = await linkTarget(here);
      if (target !== undefined && links < longestChain) {
        links += 1;
        found.push({ folder: at, name: part });
        return follow(resolve(at, target, ...parts.slice(index + 1)));
      }
      at = here;
    }
    found.push({ folder: dirname(wanted), name: basename(wanted) });
  }

  await follow(resolve(path));
  return found;
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch {
    return undefined;
  }
}
