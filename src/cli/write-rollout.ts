import { resolve } from 'node:path';
import { setRollout } from '../config/format/set-rollout.ts';
import { loadConfiguration } from '../config/load-configuration.ts';
import { renderProblems } from '../config/render-problems.ts';
import { withTestFiles } from '../config/tryout/load-test-files.ts';
import { runTests } from '../config/tryout/run-tests.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { readToEdit, unifiedDiff, writeEdited } from './edited-file.ts';
import { cleanText } from './table.ts';
import { renderTests } from './test-command.ts';

/** What `rollout set` was asked for. */
export interface RolloutOptions {
  readonly config: string;
  readonly percent: number;
  readonly yes: boolean;
}

/** Writes the percentage of a rule, ROUTE/RULE, into the file, once the result is known to be sound. */
export async function writeRollout(name: string, options: RolloutOptions, context: CliContext): Promise<ExitCode> {
  const { output } = context;
  const [route, rule, ...rest] = name.split('/');
  if (route === undefined || rule === undefined || rule === '' || rest.length > 0) {
    output.stderr(`"${cleanText(name)}" is not ROUTE/RULE, for example payroll/no-contractors.\n`);
    return 2;
  }
  const before = await readToEdit(options.config, context);
  if (before === undefined) return 3;
  const edit = setRollout(before, route, rule, options.percent);
  if (edit.outcome === 'refused') {
    output.stderr(`${edit.why}\n`);
    return 3;
  }
  if (edit.text === before) {
    output.stdout(`${name} is at ${options.percent} percent already.\n`);
    return 0;
  }
  const isSound = await prove(edit.text, options.config, context);
  if (!isSound) return 1;
  output.stdout(unifiedDiff(options.config, before, edit.text));
  output.stderr(`${explain(edit.before, options.percent)}\n`);
  if (!options.yes) {
    if (context.confirm === undefined) {
      output.stderr('Nothing was written: there is no terminal to ask at. Add --yes.\n');
      return 2;
    }
    if (!(await context.confirm('Write it? [y/N] '))) {
      output.stderr('Nothing was written.\n');
      return 1;
    }
  }
  return writeEdited(
    {
      file: options.config,
      before,
      now: await readToEdit(options.config, context),
      text: edit.text,
      done: `written ${options.config}; a running Postern takes it up by itself: postern status says when`,
    },
    context,
  );
}

function explain(
  { mode, percent }: { readonly mode: string; readonly percent: number | undefined },
  now: number,
): string {
  const hint = now === 100 ? ' At 100 it acts on everybody: mode: enforce says so more plainly.' : '';
  if (percent !== undefined && mode === 'partial') {
    return now > percent
      ? `From ${percent} to ${now} percent: people are added, nobody leaves.${hint}`
      : `From ${percent} to ${now} percent: a part of the people is let go again.`;
  }
  return mode === 'enforce'
    ? `The rule acted on everybody; now it acts on ${now} percent.${hint}`
    : `The rule was ${mode}; now it acts on ${now} percent.${hint}`;
}

/** Loads the text as if it were written, and runs the tests. */
async function prove(text: string, file: string, { ports, output }: CliContext): Promise<boolean> {
  const path = resolve(file);
  const proposed: CliContext['ports'] = {
    ...ports,
    readFile: async (name, maxBytes) => (resolve(name) === path ? Buffer.from(text) : ports.readFile(name, maxBytes)),
  };
  const loaded = await withTestFiles(await loadConfiguration(file, proposed), file, proposed);
  if (loaded.outcome === 'refused') {
    output.stderr(`${renderProblems(loaded.problems, { color: output.stderrColor === true })}\nNothing was written.\n`);
    return false;
  }
  const failed = runTests(loaded.snapshot, ports.now()).filter(({ passed }) => !passed);
  if (failed.length === 0) return true;
  output.stdout(renderTests(failed));
  output.stderr('Nothing was written: with this percentage a test fails.\n');
  return false;
}
