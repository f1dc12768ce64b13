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
import type { Finding } from './doctor/finding.ts';

export type ValidateFormat = 'text' | 'json' | 'github';

/** Checks files without starting anything. 1: a file has errors; 3: a file could not be read. */
export async function validateFiles(
  files: readonly string[],
  { format, isOnline }: { readonly format: ValidateFormat; readonly isOnline: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const results: Checked[] = [];
  for (const file of files) {
    const result = await loadConfiguration(file, context.ports);
    results.push([file, result, isOnline ? await lookOnline(result, context) : []]);
  }
  switch (format) {
    case 'json':
      context.output.stdout(`${JSON.stringify({ files: results.map(describe) }, null, 2)}\n`);
      break;
    case 'github':
      for (const checked of results) {
        print(context, renderForGithub(problemsOf(checked[1])));
        print(context, checked[2].map(githubLine(checked[0])).join('\n'));
      }
      break;
    case 'text':
      for (const checked of results) printText(checked, context);
      break;
  }
  if (results.some(([, result]) => result.outcome === 'refused' && result.isUnreadable)) return 3;
  const isWrong = ([, result, online]: Checked) =>
    result.outcome === 'refused' || online.some((finding) => finding.result === 'fail');
  return results.some(isWrong) ? 1 : 0;
}

/** A file, what loading came to, and what was wrong when its surroundings were asked. */
type Checked = readonly [file: string, result: LoadResult, online: readonly Finding[]];

async function lookOnline(result: LoadResult, { ports }: CliContext): Promise<readonly Finding[]> {
  if (result.outcome === 'refused') return [];
  const { findOnlineProblems } = await import('./doctor/examine.ts');
  return findOnlineProblems(result.snapshot, ports.now);
}

function githubLine(file: string): (finding: Finding) => string {
  return (finding) =>
    finding.result === 'fail'
      ? `::error file=${file},title=${finding.code}::${finding.text} (${finding.hint})`
      : `::notice file=${file}::${finding.text}`;
}

function onlineLine(finding: Finding): string {
  return finding.result === 'fail'
    ? `FAIL ${finding.text}; ${finding.hint}  [${finding.code}]`
    : `?    ${finding.text}`;
}

function print({ output }: CliContext, text: string): void {
  if (text !== '') output.stdout(`${text}\n`);
}

function printText([file, result, online]: Checked, context: CliContext): void {
  if (result.outcome === 'refused') {
    print(context, renderProblems(result.problems, { color: context.output.color }));
    context.output.stderr(`${renderVerdict(result.problems)}\n`);
    return;
  }
  print(context, `ok   ${file}   ${summaryOf(result.snapshot)}`);
  for (const warning of result.warnings) print(context, renderWarning(warning));
  for (const finding of online) print(context, onlineLine(finding));
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

function describe([file, result, online]: Checked) {
  return {
    file,
    valid: result.outcome === 'loaded',
    ...(result.outcome === 'loaded' ? { hash: result.snapshot.hash } : {}),
    problems: problemsOf(result).map(problemToJson),
    ...(online.length > 0 ? { online } : {}),
  };
}
