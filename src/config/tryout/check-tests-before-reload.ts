import type { ReloadCheck } from '../reload/reload.ts';
import { runTests } from './run-tests.ts';

/** The tests of the file, run before it takes the place of what runs: one that fails keeps the reload from happening. */
export function createTestsCheck(now: () => number): ReloadCheck {
  return {
    name: 'tests',
    run: async (candidate) => {
      const results = runTests(candidate, now());
      const failed = results.filter(({ passed }) => !passed);
      const detail = { passed: results.length - failed.length, failed: failed.map(({ name }) => name) };
      if (failed.length === 0) return { outcome: 'passed', lines: [`${results.length} passed`], detail };
      const lines = failed.map(({ name, at, cases }) => {
        const why = cases.flatMap(({ route, problem }) => (problem === undefined ? [] : [`${route}: ${problem}`]));
        return `${at.file}:${at.line} FAIL ${name}: ${why.join('; ')}`;
      });
      return { outcome: 'blocked', lines, detail };
    },
  };
}
