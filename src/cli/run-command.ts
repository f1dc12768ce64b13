import { type LoadResult, loadConfiguration } from '../config/load-configuration.ts';
import { recordContents } from '../config/reload/configuration-parcel.ts';
import { loadRecorded } from '../config/reload/recorded-load.ts';
import { renderProblems, renderVerdict, renderWarning } from '../config/render-problems.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { CliContext } from './commands.ts';
import { paintHeads } from './paint.ts';

/** Loads a file for a command that needs it (a draft: for one that only asks its rules); prints what is wrong on stderr and answers the exit code in place of a snapshot. */
export async function loadForCommand(
  file: string,
  context: CliContext,
  options: { readonly isDraft?: boolean } = {},
): Promise<Snapshot | 1 | 3> {
  return showLoaded(await loadConfiguration(file, context.ports, options), context);
}

function showLoaded(result: LoadResult, { output }: CliContext): Snapshot | 1 | 3 {
  if (result.outcome === 'refused') {
    output.stderr(
      `${renderProblems(result.problems, { color: output.stderrColor === true })}\n${renderVerdict(result.problems)}\n`,
    );
    return result.isUnreadable ? 3 : 1;
  }
  for (const warning of result.warnings) output.stderr(`${paintHeads(renderWarning(warning), output.stderrColor)}\n`);
  return result.snapshot;
}

/** Serves with a file. A file with errors starts nothing. */
export async function runPostern(file: string, context: CliContext): Promise<number> {
  const { ports } = context;
  const recorded = recordContents(ports);
  const settings = { file, ports: recorded.ports, loadFile: loadConfiguration };
  const loaded = await loadRecorded(settings, { kind: 'file' });
  const snapshot = showLoaded(loaded.result, context);
  if (typeof snapshot === 'number') return snapshot;
  return context.commands.run(snapshot, { file, ports, first: loaded, contents: recorded.files });
}
