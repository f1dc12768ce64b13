import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { strykerPlugins as jestPlugins } from '@stryker-mutator/jest-runner';

const [jest] = jestPlugins;

/** In the copy that the changes are tried in. Another process goes on after one that hung. */
const testsFile = 'tests-of-the-first-run.json';

/** A test that takes as long tries many cases: it waits until all others have noticed nothing. */
const slowFromMs = 150;

/** Some tests as what is run together: those of one file, and apart from them the slow ones of that file. */
function groupByFile(tests) {
  const runs = new Map();
  for (const { id, fileName, timeSpentMs } of tests) {
    const isSlow = timeSpentMs >= slowFromMs;
    const key = `${isSlow} ${fileName}`;
    const run = runs.get(key) ?? { fileName, isSlow, ids: [], timeSpentMs: 0 };
    run.ids.push(id);
    run.timeSpentMs += timeSpentMs;
    runs.set(key, run);
  }
  return [...runs.values()];
}

/** What noticed a change nearby goes first, then the quickest, and last of all the slow ones. */
function inOrder(runs, noticed) {
  const rank = ({ fileName, isSlow }) => (isSlow ? Number.POSITIVE_INFINITY : -(noticed.get(fileName) ?? 0));
  return runs.toSorted((one, other) =>
    rank(one) === rank(other) ? one.timeSpentMs - other.timeSpentMs : rank(one) < rank(other) ? -1 : 1,
  );
}

/**
 * Stryker's runner for jest loads every test file for each change, and runs them all however soon one fails. This one
 * loads only those with a test that reaches the change, one at a time, until one notices it.
 */
function createRunner(injector) {
  const runner = injector.injectFunction(jest.factory);
  let tests;
  /** By the file that is changed: how often the tests of a file noticed it. */
  const noticedOf = new Map();

  async function dryRun(options) {
    const result = await runner.dryRun(options);
    await writeFile(testsFile, JSON.stringify(result.tests ?? []));
    return result;
  }

  async function mutantRun(options) {
    tests ??= JSON.parse(await readFile(testsFile, 'utf8'));
    const wanted = new Set(options.testFilter);
    const runs = groupByFile(tests.filter(({ id }) => options.testFilter === undefined || wanted.has(id)));
    if (runs.length === 0) throw new Error('No test is known that reaches the change.');
    const { fileName: changed } = options.activeMutant;
    const noticed = noticedOf.get(changed) ?? new Map();
    noticedOf.set(changed, noticed);
    const survived = { status: 'survived', nrOfTests: 0 };
    for (const { fileName, ids } of inOrder(runs, noticed)) {
      Object.assign(runner.jestConfig, { roots: [dirname(fileName)], testMatch: [fileName] });
      const result = await runner.mutantRun({ ...options, testFilter: ids });
      if (result.status === 'killed') noticed.set(fileName, (noticed.get(fileName) ?? 0) + 1);
      if (result.status !== 'survived') return result;
      if (result.nrOfTests < ids.length)
        return {
          status: 'error',
          errorMessage: `Titles of ${fileName} are others in each run: its tests are not found.`,
        };
      survived.nrOfTests += result.nrOfTests;
    }
    return survived;
  }

  return { init: () => runner.init(), capabilities: () => runner.capabilities(), dryRun, mutantRun };
}
createRunner.inject = ['$injector'];

export { strykerValidationSchema } from '@stryker-mutator/jest-runner';
export const strykerPlugins = [{ ...jest, name: 'one-file-at-a-time', factory: createRunner }];
