import { loadConfiguration } from '../config/load-configuration.ts';
import { renderProblems, renderVerdict, renderWarning } from '../config/render-problems.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { CliContext } from './commands.ts';

/** Loads a file for a command that needs it; prints what is wrong on stderr and answers the exit code in place of a snapshot. */
export async function loadForCommand(file: string, { ports, output }: CliContext): Promise<Snapshot | 1 | 3> {
  const result = await loadConfiguration(file, ports);
  if (result.outcome === 'refused') {
    output.stderr(`${renderProblems(result.problems, { color: output.color })}\n${renderVerdict(result.problems)}\n`);
    return result.isUnreadable ? 3 : 1;
  }
  for (const warning of result.warnings) output.stderr(`${renderWarning(warning)}\n`);
  return result.snapshot;
}

/** Serves with a file. A file with errors starts nothing. */
export async function runPostern(file: string, context: CliContext): Promise<number> {
  const snapshot = await loadForCommand(file, context);
  return typeof snapshot === 'number' ? snapshot : context.commands.run(snapshot);
}
