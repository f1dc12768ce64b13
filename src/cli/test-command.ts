import { loadConfiguration } from '../config/load-configuration.ts';
import {
  escapeData,
  escapeProperty,
  problemToJson,
  renderForGithub,
  renderProblems,
  renderVerdict,
} from '../config/render-problems.ts';
import { withTestFiles } from '../config/tryout/load-test-files.ts';
import { findUntestedRules, runTests, type TestResult, type UntestedRule } from '../config/tryout/run-tests.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { paintHeads } from './paint.ts';
import { renderRules } from './rule-table.ts';
import { cleanText } from './table.ts';

export interface TestOptions {
  /** Only tests whose name matches. */
  readonly run?: RegExp | undefined;
  readonly coverage: boolean;
  readonly format: 'text' | 'json' | 'github';
}

/** Runs the tests of files. 1: one failed, or a file has errors, or none matched `--run`; 3: a file cannot be read. */
export async function testFiles(
  files: readonly string[],
  options: TestOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { output, ports } = context;
  let exitCode: ExitCode = 0;
  const worse = (code: ExitCode) => {
    exitCode = code > exitCode ? code : exitCode;
  };
  const described: object[] = [];
  for (const file of files) {
    const loaded = await withTestFiles(await loadConfiguration(file, ports, { isDraft: true }), file, ports);
    if (loaded.outcome === 'refused') {
      worse(loaded.isUnreadable ? 3 : 1);
      if (options.format === 'json')
        described.push({ file, valid: false, problems: loaded.problems.map(problemToJson) });
      else if (options.format === 'github') output.stdout(`${renderForGithub(loaded.problems)}\n`);
      else {
        output.stdout(`${renderProblems(loaded.problems, { color: output.color })}\n`);
        output.stderr(`${renderVerdict(loaded.problems)}\n`);
      }
      continue;
    }
    const { snapshot } = loaded;
    const chosen = (snapshot.tests ?? []).filter(({ name }) => options.run === undefined || options.run.test(name));
    const results = runTests(snapshot, ports.now(), chosen);
    const untested = options.coverage ? findUntestedRules(snapshot, results) : undefined;
    if (results.some(({ passed }) => !passed)) worse(1);
    if (options.run !== undefined && results.length === 0) {
      worse(1);
      output.stderr(`No test of ${file} matches ${options.run.source}.\n`);
    }
    if (options.format === 'json') described.push({ file, valid: true, ...describeTests(results, untested) });
    else if (options.format === 'github') output.stdout(renderFailuresForGithub(results));
    else output.stdout(`${paintHeads(renderTests(results), output.color)}${renderSum(results, untested)}`);
  }
  if (options.format === 'json') output.stdout(`${JSON.stringify({ files: described }, null, 2)}\n`);
  return exitCode;
}

/** A line for each test; under one that fails, why, and the rules as they came out. */
export function renderTests(results: readonly TestResult[]): string {
  const width = Math.max(0, ...results.map(({ name }) => cleanText(name).length));
  return results
    .map((result) => {
      const { name, at, passed } = result;
      const line = `${passed ? 'PASS' : 'FAIL'}  ${cleanText(name).padEnd(width)}   ${at.file}:${at.line}\n`;
      return passed ? line : `${line}${renderFailure(result)}`;
    })
    .join('');
}

function renderFailure({ cases }: TestResult): string {
  return cases
    .filter(({ problem }) => problem !== undefined)
    .map(({ route, problem, decision }) => {
      const rules = decision === undefined ? '' : renderRules(route, decision);
      return `      ${route}: ${problem}\n${rules.replace(/^(?=.)/gm, '      ')}`;
    })
    .join('');
}

function renderSum(results: readonly TestResult[], untested: readonly UntestedRule[] | undefined): string {
  const failed = results.filter(({ passed }) => !passed).length;
  const sum = `${results.length - failed} passed${failed === 0 ? '' : `, ${failed} failed`}.`;
  if (untested === undefined) return `${sum}\n`;
  if (untested.length === 0) return `${sum} Every rule is exercised by a test.\n`;
  const rules = untested.map(({ route, rule, at }) => `${route}/${rule} (${at.file}:${at.line})`);
  return `${sum} Rules never exercised by a test: ${rules.join(', ')}\n`;
}

/** A workflow command for each failure. */
export function renderFailuresForGithub(results: readonly TestResult[]): string {
  return results
    .filter(({ passed }) => !passed)
    .map(({ name, at, cases }) => {
      const why = cases.flatMap(({ route, problem }) => (problem === undefined ? [] : [`${route}: ${problem}`]));
      const place = `file=${escapeProperty(at.file)},line=${at.line},col=${at.column},title=${escapeProperty(`Test failed: ${name}`)}`;
      return `::error ${place}::${escapeData(why.join('; '))}\n`;
    })
    .join('');
}

/** Tests for programs. Stable: keys are added, never changed. */
export function describeTests(results: readonly TestResult[], untested?: readonly UntestedRule[]) {
  return {
    passed: results.filter(({ passed }) => passed).length,
    failed: results.filter(({ passed }) => !passed).length,
    tests: results.map(({ name, at, passed, cases }) => ({
      name,
      file: at.file,
      line: at.line,
      passed,
      cases: cases.map(({ route, expected, decision, problem }) => ({
        route,
        expected,
        outcome: decision?.outcome ?? null,
        reason: decision?.reason ?? null,
        problem: problem ?? null,
      })),
    })),
    ...(untested === undefined
      ? {}
      : {
          untested_rules: untested.map(({ route, rule, at }) => ({ route, rule, file: at.file, line: at.line })),
        }),
  };
}
