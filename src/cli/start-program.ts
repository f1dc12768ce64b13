import { readFile } from 'node:fs/promises';
import { readBoundedFile } from '../config/source/read-bounded-file.ts';
import type { Commands } from './commands.ts';
import { runProgram } from './program.ts';

/** Runs the command line in this process: its arguments, environment, streams and clock. */
export async function startProgram(args: readonly string[]): Promise<number> {
  const notWired = async (): Promise<never> => {
    throw new Error('This command is not part of this build.');
  };
  const commands: Commands = { run: notWired, verifyAudit: notWired };
  return runProgram(args, {
    commands,
    ports: { readFile: readBoundedFile, env: process.env, now: Date.now },
    output: {
      stdout: (text) => void process.stdout.write(text),
      stderr: (text) => void process.stderr.write(text),
      color: process.stdout.isTTY === true && !process.env['NO_COLOR'],
    },
    version: await packageVersion(),
    nodeVersion: process.version,
  });
}

async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
}
