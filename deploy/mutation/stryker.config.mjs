import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { nodeOptions } from '../toolchain/child.mjs';
import { parts } from '../toolchain/mutate.mjs';

const part = parts[process.env.POSTERN_MUTATE] ?? parts.decision;
const listed = (name) => process.env[name]?.split(',').filter(Boolean) ?? [];
const [files, tests] = [listed('POSTERN_MUTATE_FILES'), listed('POSTERN_MUTATE_TESTS')];

export default {
  mutate: files.length > 0 ? files : part.mutate,
  // Texts are for people, and the compiler knows all others.
  mutator: { excludedMutations: ['StringLiteral'] },
  plugins: [fileURLToPath(import.meta.resolve('./one-file-at-a-time.mjs'))],
  testRunner: 'one-file-at-a-time',
  jest: {
    projectType: 'custom',
    config: {
      testMatch: (tests.length > 0 ? tests : part.tests).map((pattern) => `<rootDir>/${pattern}`),
    },
    enableFindRelatedTests: false,
  },
  testRunnerNodeArgs: ['--experimental-vm-modules', ...nodeOptions],
  coverageAnalysis: 'perTest',
  // What only runs as a module is loaded is in no test's coverage: each would take every test.
  ignoreStatic: true,
  // A second one finds nothing more, and takes the other core.
  concurrency: 1,
  timeoutMS: 20_000,
  // What is neither code nor tests is not copied for each run.
  ignorePatterns: ['/dist', '/dist.*', '/docs', '/certs', '/coverage', '/data', '/.demo', '/deploy/mutation'],
  // Not under node_modules, where jest finds no tests.
  tempDirName: 'coverage/mutation',
  reporters: ['progress-append-only', 'clear-text', 'json'],
  jsonReporter: { fileName: 'coverage/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: true },
  thresholds: { high: 90, low: 85, break: null },
};
