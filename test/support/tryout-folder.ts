import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from './command-line.ts';
import { baseConfiguration, writeBaseFiles } from './config-files.ts';

/** A folder with a configuration's files, and the command line over it. */
export interface TryoutFolder {
  readonly path: string;
  /** Writes the base configuration with more after it; answers its path. */
  write(name: string, more: string, change?: (text: string) => string): Promise<string>;
  postern(args: readonly string[]): ReturnType<typeof runCommandLine>;
  remove(): Promise<void>;
}

export async function makeTryoutFolder(): Promise<TryoutFolder> {
  const path = await mkdtemp(join(tmpdir(), 'postern-tryout-'));
  const env = await writeBaseFiles(path);
  return {
    path,
    write: async (name, more, change = (text) => text) => {
      const file = join(path, name);
      await writeFile(file, `${change(baseConfiguration)}${more}`);
      return file;
    },
    postern: (args) => runCommandLine(args, { env }),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
