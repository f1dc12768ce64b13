import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { isAbsolute, join } from 'node:path';

/**
 * Keeps what V8 made of the program's code for the next command, in the cache folder of whoever calls, and nowhere else:
 * whoever writes that folder runs code as its reader, so a folder in /tmp, or one of somebody else's (as with sudo, which may
 * leave HOME alone), is not used. `run` does without: a server starts once, and should write nothing beside its state.
 */
export function keepCompiledCode(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  enable: (folder: string) => unknown = enableCompileCache,
): void {
  const { XDG_CACHE_HOME: cache, HOME: home, NODE_COMPILE_CACHE: chosen } = env;
  const base = cache ? cache : home && join(home, '.cache');
  if (args.includes('run') || chosen !== undefined || !base || !isAbsolute(base)) return;
  const folder = join(base, 'postern');
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true });
    if (isOwn(base) && isOwn(folder)) enable(folder);
  } catch {
    // Without it a command only takes longer.
  }
}

function isOwn(folder: string): boolean {
  const stats = lstatSync(folder);
  return stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0;
}
