import { type LoadResult, loadConfiguration } from '../config/load-configuration.ts';
import type { Problem } from '../config/problem.ts';
import {
  problemToJson,
  renderForGithub,
  renderProblems,
  renderVerdict,
  renderWarning,
} from '../config/render-problems.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { CliContext, ExitCode } from './commands.ts';

export type ValidateFormat = 'text' | 'json' | 'github';

/** Checks files without starting anything. 1: a file has errors; 3: a file could not be read. */
export async function validateFiles(
  files: readonly string[],
  format: ValidateFormat,
  context: CliContext,
): Promise<ExitCode> {
  const results: (readonly [string, LoadResult])[] = [];
  for (const file of files) results.push([file, await loadConfiguration(file, context.ports)]);
  switch (format) {
    case 'json':
      context.output.stdout(`${JSON.stringify({ files: results.map(describe) }, null, 2)}\n`);
      break;
    case 'github':
      for (const [, result] of results) print(context, renderForGithub(problemsOf(result)));
      break;
    case 'text':
      for (const [file, result] of results) printText(file, result, context);
      break;
  }
  if (results.some(([, result]) => result.outcome === 'refused' && result.isUnreadable)) return 3;
  return results.some(([, result]) => result.outcome === 'refused') ? 1 : 0;
}

function print({ output }: CliContext, text: string): void {
  if (text !== '') output.stdout(`${text}\n`);
}

function printText(file: string, result: LoadResult, context: CliContext): void {
  if (result.outcome === 'refused') {
    print(context, renderProblems(result.problems, { color: context.output.color }));
    context.output.stderr(`${renderVerdict(result.problems)}\n`);
    return;
  }
  print(context, `ok   ${file}   ${summaryOf(result.snapshot)}`);
  for (const warning of result.warnings) print(context, renderWarning(warning));
}

function problemsOf(result: LoadResult): readonly Problem[] {
  return result.outcome === 'loaded' ? result.warnings : result.problems;
}

function summaryOf({ routes, postures }: Snapshot): string {
  const rules = routes.reduce((sum, { policy }) => sum + policy.grants.length + policy.denials.length, 0);
  return [count(routes.length, 'route'), count(rules, 'rule'), count(postures.size, 'posture')].join(', ');
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function describe([file, result]: readonly [string, LoadResult]) {
  return {
    file,
    valid: result.outcome === 'loaded',
    ...(result.outcome === 'loaded' ? { hash: result.snapshot.hash } : {}),
    problems: problemsOf(result).map(problemToJson),
  };
}
