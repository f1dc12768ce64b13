import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** Which process wrote a chain, so that the next one can tell whether it still lives. */
export const runIdentitySchema = z.strictObject({
  pid: z.int().nonnegative(),
  /** Boot and pid namespace, or the host's name: within one machine a pid and its start time name a process. */
  machine: z.string(),
  /** The process's start in clock ticks since boot (`/proc/PID/stat`); absent where there is no `/proc`. */
  startTicks: z.string().optional(),
});

export type RunIdentity = z.infer<typeof runIdentitySchema>;

/** A run on another machine or in another container counts as over when its head has not moved for so long. */
export const silentRunMs = 30_000;

/** The identity of a running process. */
export function readRunIdentity(pid: number): RunIdentity {
  const startTicks = readStartTicks(pid);
  return { pid, machine: readMachine(), ...(startTicks === undefined ? {} : { startTicks }) };
}

/** Whether the run that last moved its head at `movedAtMs` has ended without saying so. */
export function hasRunEnded(run: RunIdentity, movedAtMs: number, self: RunIdentity, nowMs: number): boolean {
  const isSelf = run.pid === self.pid && run.machine === self.machine && run.startTicks === self.startTicks;
  // Two chains of one process come from tests and from a restart within a process; the newest one is alive.
  if (isSelf) return nowMs - movedAtMs > silentRunMs;
  if (run.machine === self.machine && self.startTicks !== undefined) {
    const current = readStartTicks(run.pid);
    return current === undefined || current !== run.startTicks;
  }
  return nowMs - movedAtMs > silentRunMs;
}

function readMachine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function readStartTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces: count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A killed process that its parent has not yet waited for is still listed, as a zombie.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
