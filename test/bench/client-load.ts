import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Contender } from './contender.ts';
import { cpuSecondsOf } from './load.ts';

/**
 * Drives a contender with a client of the folder `clients/`, which prints a line when it is warm, and one with what it has
 * done since. Answers the CPU time of the contender for each, in µs.
 */
export async function clientLoad(contender: Contender, client: string, args: readonly string[]): Promise<number> {
  const script = fileURLToPath(new URL(`./clients/${client}`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let before = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { done } = JSON.parse(line) as { readonly done?: number };
    if (done !== undefined) return ((cpuSecondsOf(contender) - before) / done) * 1e6;
    before = cpuSecondsOf(contender);
  }
  throw new Error(`${client} ended early at ${contender.name}.`);
}
