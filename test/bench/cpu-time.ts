import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second (USER_HZ). */
const ticksPerSecond = 100;

interface ProcessTimes {
  readonly parent: number;
  readonly seconds: number;
}

/** User and system time of a process and all its descendants, in seconds, from `/proc/PID/stat`. */
export function cpuSecondsOfTree(root: number): number {
  const all = new Map<number, ProcessTimes>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const times = readTimes(name);
    if (times !== undefined) all.set(Number(name), times);
  }
  let seconds = 0;
  for (const [pid, times] of all) if (descendsFrom(pid, root, all)) seconds += times.seconds;
  return seconds;
}

function readTimes(pid: string): ProcessTimes | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and parentheses; what follows the last one is plain.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), seconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond };
  } catch {
    return undefined;
  }
}

function descendsFrom(pid: number, root: number, all: ReadonlyMap<number, ProcessTimes>): boolean {
  for (let current = pid; current > 1; current = all.get(current)?.parent ?? 0) if (current === root) return true;
  return false;
}
