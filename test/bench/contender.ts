import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { nodeOptions } from '../../deploy/toolchain/child.mjs';

/** A running program under measurement. */
export interface Contender {
  readonly name: string;
  /** What it works in; the processes that these start count, too. */
  readonly pids: readonly number[];
  readonly url: string;
  /** Request headers of a signed-in person. */
  readonly headers: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A program that runs, and the line of JSON that it printed when it was ready. */
export interface Started {
  readonly child: ChildProcess;
  readonly ready: Readonly<Record<string, unknown>>;
}

/** Starts a Node program with the flags that Postern is shipped with. */
export function startNode(script: string, args: readonly string[]): Promise<Started> {
  return startProgram(process.execPath, [...profiling(script), ...nodeOptions, script, ...args]);
}

/** Starts a program that prints one line of JSON when it is ready. */
export async function startProgram(program: string, args: readonly string[]): Promise<Started> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => {
      throw new Error(`${[program, ...args].join(' ')} ended before it was ready.`);
    }),
  ]);
  lines.close();
  child.stdout.resume();
  return { child, ready: JSON.parse(String(line)) };
}

/** Ends a child and waits for it. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** `BENCH_PROFILE=FOLDER` writes a CPU profile of each contender there, to be opened in a browser's developer tools. */
function profiling(script: string): readonly string[] {
  const folder = process.env['BENCH_PROFILE'];
  return folder !== undefined
    ? [
        '--cpu-prof',
        `--cpu-prof-dir=${folder}`,
        `--cpu-prof-name=${basename(script)}.${process.hrtime.bigint()}.cpuprofile`,
      ]
    : [];
}
