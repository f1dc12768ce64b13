import { spawnSync } from 'node:child_process';
import type { Contender } from './contender.ts';
import { cpuSecondsOfTree } from './cpu-time.ts';

/** One round of load on one contender. */
export interface Round {
  readonly requests: number;
  readonly microsecondsEach: number;
  readonly failures: number;
}

const connections = '32';

/** True when wrk is there; installs it where it may (root on Debian). */
export function findWrk(): boolean {
  if (spawnSync('wrk', ['--version']).error === undefined) return true;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).error !== undefined) return false;
  spawnSync('apt-get', ['update'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '-y', 'wrk'], { stdio: 'ignore' });
  return spawnSync('wrk', ['--version']).error === undefined;
}

/**
 * Drives a contender for some seconds and reads what CPU its processes used.
 * @param script of wrk, which makes the requests. Default: the same request again and again.
 */
export function drive(contender: Contender, seconds: number, script?: string): Round {
  const headers = Object.entries(contender.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const before = cpuSecondsOfTree(contender.pid);
  const turns = script === undefined ? [] : ['-s', script];
  const ran = spawnSync('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, ...headers, ...turns, contender.url], {
    encoding: 'utf8',
  });
  const used = cpuSecondsOfTree(contender.pid) - before;
  const requests = Number(/(\d+) requests in/.exec(ran.stdout)?.[1] ?? 0);
  const failures = Number(/Non-2xx or 3xx responses: (\d+)/.exec(ran.stdout)?.[1] ?? 0);
  if (requests === 0) throw new Error(`wrk made no request to ${contender.name}:\n${ran.stdout}${ran.stderr}`);
  return { requests, microsecondsEach: (used / requests) * 1e6, failures };
}
