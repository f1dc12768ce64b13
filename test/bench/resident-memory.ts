import { readFileSync } from 'node:fs';

/** Memory of a process that is resident, in MB of 1,000,000 bytes, from `/proc/PID/status`. */
export function residentMegabytes(pid: number): number {
  const kibibytes = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return (kibibytes * 1024) / 1e6;
}

/** The same of the largest of a program's workers; of itself where it has none. */
export function workerMegabytes(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return Math.max(...(children.length === 0 ? [pid] : children.map(Number)).map(residentMegabytes));
}
