import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { nodeOptions, runForeground } from './child.mjs';
import { inRoot, root } from './paths.mjs';
import { provideTestTools } from './test-tools.mjs';

/** Options of jest that print something else than a test run. */
const reports = ['--listTests', '--showConfig', '--help', '--version', '--clearCache'];

const jest = (...extra) => [
  '--experimental-vm-modules',
  ...nodeOptions,
  inRoot('node_modules', 'jest', 'bin', 'jest.js'),
  '--rootDir',
  root,
  ...extra,
];

/** What jest wrote, as three numbers. A suite that could not be loaded has no tests to count: it counts as one failure. */
export function countResults(report) {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function readCounts(file, code) {
  try {
    return countResults(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  }
}

function countSuites(folder) {
  return readdirSync(inRoot(...folder.split('/'))).filter((name) => /\.test\.tsx?$/.test(name)).length;
}

/**
 * Runs every suite, or those that the arguments name. Ends with one plain line of numbers. What cannot run on this
 * machine is said before it and counts as skipped; with CI=true it counts as failed.
 */
export async function runTests(node, args) {
  if (args.some((argument) => reports.includes(argument))) return runForeground(node, jest(...args));
  const isBrowserWanted =
    args.every((argument) => argument.startsWith('-')) || args.some((argument) => argument.includes('browser'));
  const tools = provideTestTools(isBrowserWanted);
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
  const file = join(folder, 'results.json');
  const withoutBrowser =
    tools.chromium === undefined ? ['--testPathIgnorePatterns', '/node_modules/', '<rootDir>/test/browser/'] : [];
  const env = { ...process.env, ...tools.environment };
  try {
    const code = await runForeground(
      node,
      jest('--maxWorkers=2', '--json', `--outputFile=${file}`, ...args, ...withoutBrowser),
      { stdio: ['inherit', 'ignore', 'inherit'], env },
    );
    return close(code, readCounts(file, code), isBrowserWanted ? tools : { ...tools, missing: [] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function close(code, counts, tools) {
  const isCi = process.env.CI === 'true';
  const lost = tools.missing.length > 0 && tools.chromium === undefined ? countSuites('test/browser') : 0;
  for (const line of tools.missing) process.stderr.write(`\n${isCi ? 'FAIL' : 'NOT RUN'}: ${line}\n`);
  const unrun = isCi ? Math.max(lost, tools.missing.length) : 0;
  const failed = counts.failed + unrun;
  const skipped = counts.skipped + (isCi ? 0 : lost);
  process.stdout.write(`${counts.passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return failed > 0 ? code || 1 : code;
}
