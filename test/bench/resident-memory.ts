import { readFileSync } from 'node:fs';

/** Memory of a process that is resident, in MB of 1,000,000 bytes, from `/proc/PID/status`. */
export function residentMegabytes(pid: number): number {
  const kibibytes = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return (kibibytes * 1024) / 1e6;
}
