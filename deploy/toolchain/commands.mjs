import { existsSync } from 'node:fs';
import process from 'node:process';
import { buildDeclarations } from './build.mjs';
import { check } from './check.mjs';
import { nodeOptions, runForeground } from './child.mjs';
import { watch } from './dev.mjs';
import { mutate } from './mutate.mjs';
import { inRoot } from './paths.mjs';
import { runTests } from './test.mjs';

function runFile(file) {
  return (node, args) => {
    const path = inRoot(...file.split('/'));
    if (existsSync(path)) return runForeground(node, [...nodeOptions, path, ...args]);
    process.stderr.write(`${file} is not there: this command has nothing to run.\n`);
    return Promise.resolve(1);
  };
}

/** Parts of the bench with a program of their own that looks at the memory, so it needs the collector at hand. */
const memoryParts = ['decide', 'risk'];
/** Parts with a program of their own. */
const ownParts = ['streams', 'revoke', 'sessions', 'many'];

function bench(node, args) {
  const [part = '', ...others] = args;
  if (ownParts.includes(part)) return runFile(`test/bench/${part}.ts`)(node, others);
  if (!memoryParts.includes(part)) return runFile('test/bench/run.ts')(node, args);
  return runForeground(node, [...nodeOptions, '--expose-gc', inRoot('test', 'bench', `${part}.ts`), ...others]);
}

const program = runFile('dist/main.js');

/** The program is built before every command; this one adds what only those need who import the package. */
async function declarations(node) {
  await buildDeclarations(node);
  return 0;
}

/** Every page that people see, as pictures in a folder, with axe and the other checks of the same test on each. */
function takeScreenshots(node, [folder = inRoot('screenshots')]) {
  process.env.PAGES_SCREENSHOTS = folder;
  return runTests(node, ['test/browser/pages-accessibility.test.ts']);
}

/**
 * Every npm script by name; `isBuilt`: it needs dist/ first; `isForProgram`: it does with what the program, its build and its
 * demo import; `starts`: what a terminal is told before that says something itself.
 */
export const commands = {
  build: { isBuilt: true, run: declarations },
  init: { isBuilt: true, isForProgram: true, run: (node, args) => program(node, ['init', ...args]) },
  start: { isBuilt: true, isForProgram: true, starts: 'Postern', run: (node, args) => program(node, ['run', ...args]) },
  dev: { isBuilt: true, isForProgram: true, starts: 'the demo', run: watch },
  demo: { isBuilt: true, isForProgram: true, starts: 'the demo', run: runFile('deploy/demo/main.ts') },
  test: { isBuilt: true, run: runTests },
  check: { isBuilt: false, run: check },
  screenshots: { isBuilt: false, run: takeScreenshots },
  bench: { isBuilt: true, run: bench },
  mutate: { isBuilt: false, run: mutate },
  fuzz: { isBuilt: true, run: runFile('test/fuzz/run.ts') },
};
