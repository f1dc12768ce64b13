import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Contender } from './contender.ts';
import { cpuSecondsOfTree } from './cpu-time.ts';

/** One round of load on one contender. */
export interface Round {
  readonly requests: number;
  readonly microsecondsEach: number;
  /** How long the slowest answer took, as wrk writes it: `1.66s`. */
  readonly slowest: string;
  /** What wrk says of answers that were a no, and of those that did not come. */
  readonly failures: readonly string[];
}

/** What is asked, and for how long. */
export interface Drive {
  readonly seconds: number;
  /** A script of wrk, as `writeTurns` makes them. Default: the same request again and again. */
  readonly script?: string;
  /** Whose turn is first, and how many requests are enough; for scripts of `writeTurns`. */
  readonly from?: number;
  readonly enough?: number;
}

const connections = '32';
/** An answer that comes after this is none. */
const patience = '30s';

/** True when wrk is there; installs it where it may (root on Debian). */
export function findWrk(): boolean {
  if (spawnSync('wrk', ['--version']).error === undefined) return true;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).error !== undefined) return false;
  spawnSync('apt-get', ['update'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '-y', 'wrk'], { stdio: 'ignore' });
  return spawnSync('wrk', ['--version']).error === undefined;
}

/** Drives a contender with wrk and reads what CPU its processes used. */
export async function drive(contender: Contender, { seconds, script, from = 0, enough }: Drive): Promise<Round> {
  const headers = Object.entries(contender.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const turns = script === undefined ? [] : ['-s', script];
  const position = script === undefined ? [] : ['--', String(from), String(enough ?? 0)];
  const before = cpuSecondsOf(contender);
  const wrk = spawn(
    'wrk',
    [
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--timeout',
      patience,
      ...headers,
      ...turns,
      contender.url,
      ...position,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [printed] = await Promise.all([text(wrk.stdout), once(wrk, 'exit')]);
  const used = cpuSecondsOf(contender) - before;
  const count = (pattern: RegExp) => Number(pattern.exec(printed)?.[1] ?? 0);
  const requests = count(/(\d+) requests in/);
  const failures = printed
    .split('\n')
    .filter((line) => /Non-2xx|Socket errors: (?!connect 0, read \d+, write \d+, timeout 0)/.test(line));
  if (requests === 0) throw new Error(`wrk made no request to ${contender.name}:\n${printed}`);
  const [, slowest = '?'] = /Latency\s+\S+\s+\S+\s+(\S+)/.exec(printed) ?? [];
  return { requests, microsecondsEach: (used / requests) * 1e6, slowest, failures };
}

/** CPU time that a contender has used so far, in seconds. */
export function cpuSecondsOf({ pids }: Contender): number {
  return pids.reduce((sum, pid) => sum + cpuSecondsOfTree(pid), 0);
}
