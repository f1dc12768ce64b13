import { realpath, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Who may do what with a file, as far as its mode says. */
export interface FileAccess {
  /** The nine bits of its permissions. */
  readonly mode: number;
  /** True where the user of this process owns it, who can change its mode then. */
  readonly isOwn: boolean;
  /**
   * True where somebody put it into a place that holds nothing else: a secret of Kubernetes or Docker, a credential of
   * systemd. Its mode is for a container or a service in which nobody else is, and is not ours to change.
   */
  readonly isMountedSecret: boolean;
}

/** Looks at a file. Rejects with the system's error; `undefined` where the system has no such modes. */
export async function readFileAccess(path: string): Promise<FileAccess | undefined> {
  if (process.getuid === undefined) return undefined;
  const real = await realpath(path);
  const { mode, uid } = await stat(real);
  return { mode: mode & 0o777, isOwn: uid === process.getuid(), isMountedSecret: await isMountedSecret(real) };
}

/** File systems in memory, by the magic number of statfs(2). */
const memoryFileSystems: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);
/** In memory on any machine, and for everybody. */
const sharedMounts: ReadonlySet<string> = new Set(['/', '/dev', '/dev/shm', '/run', '/run/lock', '/tmp', '/var/tmp']);

async function isMountedSecret(file: string): Promise<boolean> {
  const { dev } = await stat(file);
  let mount = file;
  while (mount !== '/' && (await stat(dirname(mount))).dev === dev) mount = dirname(mount);
  if (mount === file) return true;
  return !sharedMounts.has(mount) && memoryFileSystems.has((await statfs(file)).type);
}
