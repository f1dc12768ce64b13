import { spawnSync } from 'node:child_process';

/**
 * Runs promtool. `undefined` when it is not installed: the test then reports that it could not run. With `CI=true`
 * a missing promtool is a failure.
 */
export function runPromtool(
  args: readonly string[],
  input: string | undefined,
): { status: number | null; output: string } | undefined {
  const run = spawnSync('promtool', [...args], { input, encoding: 'utf8' });
  if (run.error !== undefined) {
    if (process.env['CI'] === 'true') throw new Error('promtool is not installed: apt-get install prometheus.');
    process.stderr.write('skipped: promtool is not installed (apt-get install prometheus)\n');
    return undefined;
  }
  return { status: run.status, output: run.stdout + run.stderr };
}
