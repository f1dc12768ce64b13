import type { ReloadCheck } from '../reload/reload.ts';
import { takeTurns } from '../take-turns.ts';
import { lostTests } from './lost-tests.ts';
import { runTests, type TestResult } from './run-tests.ts';

/** The tests of the file, run before it takes the place of what runs: one that fails keeps the reload from happening. */
export function createTestsCheck(now: () => number): ReloadCheck {
  return {
    name: 'tests',
    run: async (candidate, running) => {
      const nowMs = now();
      const turn = takeTurns();
      const results: TestResult[] = [];
      for (const test of candidate.tests ?? []) {
        const wait = turn();
        if (wait !== undefined) await wait;
        results.push(...runTests(candidate, nowMs, [test]));
      }
      const failed = results.filter(({ passed }) => !passed);
      const lost = lostTests(candidate, running);
      const detail = { passed: results.length - failed.length, failed: failed.map(({ name }) => name), lost };
      if (failed.length === 0)
        return { outcome: 'passed', lines: [`${results.length} passed`, ...lostLine(lost)], detail };
      const lines = failed.map(({ name, at, cases }) => {
        const why = cases.flatMap(({ route, problem }) => (problem === undefined ? [] : [`${route}: ${problem}`]));
        return `${at.file}:${at.line} FAIL ${name}: ${why.join('; ')}`;
      });
      return { outcome: 'blocked', lines, detail };
    },
  };
}

/** Tests that go are told: without them, nothing says what must hold. */
function lostLine(lost: readonly string[]): readonly string[] {
  if (lost.length === 0) return [];
  const more = lost.length > mostNamed ? ` and ${lost.length - mostNamed} more` : '';
  return [`WARNING: gone, or expecting less than before: ${lost.slice(0, mostNamed).join(', ')}${more}`];
}

const mostNamed = 10;
