/**
 * CPU time that this process spends on work, in milliseconds. Beside other work on the machine it grows far less than the
 * time by the clock, so a bound on it fails only where the work itself grew.
 */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
