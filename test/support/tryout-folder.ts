import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../src/cli/program.ts';
import { listFolder, readBoundedFile } from '../../src/config/source/read-bounded-file.ts';
import { baseConfiguration, basePorts, configurationTime, makePair } from './config-files.ts';

/** A folder with a configuration's files, and the command line over it. */
export interface TryoutFolder {
  readonly path: string;
  /** Writes the base configuration with more after it; answers its path. */
  write(name: string, more: string, change?: (text: string) => string): Promise<string>;
  postern(
    args: readonly string[],
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  remove(): Promise<void>;
}

export async function makeTryoutFolder(): Promise<TryoutFolder> {
  const path = await mkdtemp(join(tmpdir(), 'postern-tryout-'));
  const pair = await makePair(['*.corp.example']);
  const { env } = await basePorts();
  await writeFile(join(path, 'server.crt'), pair.certificate);
  await writeFile(join(path, 'server.key'), pair.key);
  await writeFile(join(path, 'token'), 't'.repeat(40));
  return {
    path,
    write: async (name, more, change = (text) => text) => {
      const file = join(path, name);
      await writeFile(file, `${change(baseConfiguration)}${more}`);
      return file;
    },
    postern: async (args) => {
      let stdout = '';
      let stderr = '';
      const code = await runProgram(args, {
        commands: {
          run: async () => 0,
          verifyAudit: async () => ({ isIntact: true, breaks: [], files: 0, events: 0, notes: [] }),
        },
        ports: { readFile: readBoundedFile, listFolder, env, now: () => configurationTime },
        output: {
          stdout: (text) => {
            stdout += text;
          },
          stderr: (text) => {
            stderr += text;
          },
          color: false,
        },
        version: '1.2.3',
        nodeVersion: 'v24.0.0',
      });
      return { code, stdout, stderr };
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
