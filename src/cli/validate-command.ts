import { type LoadResult, loadConfiguration } from '../config/load-configuration.ts';
import type { Problem } from '../config/problem.ts';
import {
  escapeData,
  escapeProperty,
  problemToJson,
  renderForGithub,
  renderProblems,
  renderVerdict,
  renderWarning,
} from '../config/render-problems.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { withTestFiles } from '../config/tryout/load-test-files.ts';
import { runTests, type TestResult } from '../config/tryout/run-tests.ts';
import type { CliContext, ExitCode } from './commands.ts';
import type { Finding } from './doctor/finding.ts';
import { paintHeads } from './paint.ts';
import { describeTests, renderFailuresForGithub, renderTests } from './test-command.ts';

export type ValidateFormat = 'text' | 'json' | 'github';

interface Validated {
  readonly file: string;
  readonly result: LoadResult;
  readonly tests: readonly TestResult[];
  /** What is wrong with its providers and upstreams, where that was asked for. */
  readonly online: readonly Finding[];
}

/** Checks files without starting anything, and runs their tests. 1: a file has errors or a test fails; 3: a file could not be read. */
export async function validateFiles(
  files: readonly string[],
  {
    format,
    isOnline,
    isDraft,
  }: { readonly format: ValidateFormat; readonly isOnline: boolean; readonly isDraft: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const results: Validated[] = [];
  for (const file of files) {
    const result = await withTestFiles(await loadConfiguration(file, context.ports, { isDraft }), file, context.ports);
    const tests = result.outcome === 'loaded' ? runTests(result.snapshot, context.ports.now()) : [];
    results.push({ file, result, tests, online: isOnline ? await lookOnline(result, context) : [] });
  }
  switch (format) {
    case 'json':
      context.output.stdout(`${JSON.stringify({ files: results.map(describe) }, null, 2)}\n`);
      break;
    case 'github':
      for (const { file, result, tests, online } of results) {
        print(context, renderForGithub(problemsOf(result)));
        context.output.stdout(renderFailuresForGithub(tests));
        for (const finding of online) print(context, renderOnlineForGithub(file, finding));
      }
      break;
    case 'text':
      for (const one of results) printText(one, context);
      break;
  }
  if (results.some(({ result }) => result.outcome === 'refused' && result.isUnreadable)) return 3;
  return results.every(isSound) ? 0 : 1;
}

function isSound({ result, tests, online }: Validated): boolean {
  if (result.outcome === 'refused' || tests.some(({ passed }) => !passed)) return false;
  return online.every((finding) => finding.result !== 'fail');
}

async function lookOnline(result: LoadResult, { ports }: CliContext): Promise<readonly Finding[]> {
  if (result.outcome === 'refused') return [];
  // Only who asks loads what connects.
  const { findOnlineProblems } = await import('./doctor/examine.ts');
  return findOnlineProblems(result.snapshot, ports.now);
}

function print({ output }: CliContext, text: string): void {
  if (text !== '') output.stdout(`${paintHeads(text, output.color)}\n`);
}

function printText({ file, result, tests, online }: Validated, context: CliContext): void {
  if (result.outcome === 'refused') {
    print(context, renderProblems(result.problems, { color: context.output.color }));
    context.output.stderr(`${renderVerdict(result.problems)}\n`);
    return;
  }
  const failed = tests.filter(({ passed }) => !passed);
  if (failed.length > 0) {
    print(context, renderTests(failed).trimEnd());
    context.output.stderr(`${file}: ${count(failed.length, 'test')} of ${tests.length} failed.\n`);
  } else {
    const passed = tests.length === 0 ? '' : `, ${count(tests.length, 'test')} passed`;
    print(context, `ok   ${file}   ${summaryOf(result.snapshot)}${passed}`);
  }
  for (const warning of result.warnings) print(context, renderWarning(warning));
  for (const finding of online) print(context, renderOnline(finding));
}

function problemsOf(result: LoadResult): readonly Problem[] {
  return result.outcome === 'loaded' ? result.warnings : result.problems;
}

function summaryOf({ routes, postures }: Snapshot): string {
  const rules = routes.flatMap(({ policy }) => [...policy.grants, ...policy.denials]);
  const modes = (['partial', 'report_only'] as const).flatMap((mode) => {
    const inMode = rules.filter((rule) => rule.mode === mode).length;
    return inMode === 0 ? [] : [`${inMode} ${mode}`];
  });
  const inModes = modes.length === 0 ? '' : ` (${modes.join(', ')})`;
  return [
    count(routes.length, 'route'),
    `${count(rules.length, 'rule')}${inModes}`,
    count(postures.size, 'posture'),
  ].join(', ');
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function describe({ file, result, tests, online }: Validated) {
  return {
    file,
    valid: result.outcome === 'loaded',
    ...(result.outcome === 'loaded' ? { hash: result.snapshot.hash, ...describeTests(tests) } : {}),
    problems: problemsOf(result).map(problemToJson),
    ...(online.length === 0 ? {} : { online }),
  };
}

/** A line of `validate --online`. */
function renderOnline(finding: Finding): string {
  return finding.result === 'fail'
    ? `FAIL ${finding.text}; ${finding.hint}  [${finding.code}]`
    : `?    ${finding.text}`;
}

/** The same as a workflow command of GitHub, for the file as a whole. */
function renderOnlineForGithub(file: string, finding: Finding): string {
  const place = `file=${escapeProperty(file)}`;
  return finding.result === 'fail'
    ? `::error ${place},title=${finding.code}::${escapeData(`${finding.text} (${finding.hint})`)}`
    : `::notice ${place}::${escapeData(finding.text)}`;
}
