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
import { runTests, type TestResult } from '../config/tryout/run-tests.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { describeTests, renderFailuresForGithub, renderTests } from './test-command.ts';

export type ValidateFormat = 'text' | 'json' | 'github';

interface Validated {
  readonly file: string;
  readonly result: LoadResult;
  readonly tests: readonly TestResult[];
}

/** Checks files without starting anything, and runs their tests. 1: a file has errors or a test fails; 3: a file could not be read. */
export async function validateFiles(
  files: readonly string[],
  format: ValidateFormat,
  context: CliContext,
): Promise<ExitCode> {
  const results: Validated[] = [];
  for (const file of files) {
    const result = await loadConfiguration(file, context.ports);
    const tests = result.outcome === 'loaded' ? runTests(result.snapshot, context.ports.now()) : [];
    results.push({ file, result, tests });
  }
  switch (format) {
    case 'json':
      context.output.stdout(`${JSON.stringify({ files: results.map(describe) }, null, 2)}\n`);
      break;
    case 'github':
      for (const { result, tests } of results) {
        print(context, renderForGithub(problemsOf(result)));
        context.output.stdout(renderFailuresForGithub(tests));
      }
      break;
    case 'text':
      for (const one of results) printText(one, context);
      break;
  }
  if (results.some(({ result }) => result.outcome === 'refused' && result.isUnreadable)) return 3;
  return results.some(({ result, tests }) => result.outcome === 'refused' || tests.some(({ passed }) => !passed))
    ? 1
    : 0;
}

function print({ output }: CliContext, text: string): void {
  if (text !== '') output.stdout(`${text}\n`);
}

function printText({ file, result, tests }: Validated, context: CliContext): void {
  if (result.outcome === 'refused') {
    print(context, renderProblems(result.problems, { color: context.output.color }));
    context.output.stderr(`${renderVerdict(result.problems)}\n`);
    return;
  }
  const failed = tests.filter(({ passed }) => !passed);
  if (failed.length > 0) {
    context.output.stdout(renderTests(failed));
    context.output.stderr(`${file}: ${count(failed.length, 'test')} of ${tests.length} failed.\n`);
  } else {
    const passed = tests.length === 0 ? '' : `, ${count(tests.length, 'test')} passed`;
    print(context, `ok   ${file}   ${summaryOf(result.snapshot)}${passed}`);
  }
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

function describe({ file, result, tests }: Validated) {
  return {
    file,
    valid: result.outcome === 'loaded',
    ...(result.outcome === 'loaded' ? { hash: result.snapshot.hash, ...describeTests(tests) } : {}),
    problems: problemsOf(result).map(problemToJson),
  };
}
