import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { listArrows, mostArrows } from './arrows.mjs';
import { build } from './build.mjs';
import { nodeOptions, runQuietly } from './child.mjs';
import { findBrokenCitations } from './citations.mjs';
import { findForbiddenLicenses } from './licenses.mjs';
import { inRoot } from './paths.mjs';

const tool = (...parts) => inRoot('node_modules', ...parts);
/** TypeScript 7: the same answers in a third of the time. The tools that read types by its API still need version 6. */
const compiler = tool('typescript-native', 'bin', 'tsc');
const passed = { code: 0, output: '' };
const failed = (output) => ({ code: 1, output });

/** The generated files are made by the program. */
async function checkBuild(node) {
  try {
    await build(node);
    return passed;
  } catch (error) {
    return failed(`${error.message}\n`);
  }
}

/** Files that the program makes; stale ones would lead editors and people astray. */
const generated = [
  ['config/postern.schema.json', ['schema']],
  ['docs/problems.md', ['help', 'codes', '--format', 'markdown']],
];

async function checkGenerated(node) {
  const main = inRoot('dist', 'main.js');
  if (!existsSync(main)) return failed('There is no dist/main.js to make the files with.\n');
  for (const [path, args] of generated) {
    const made = await runQuietly(node, [...nodeOptions, main, ...args]);
    if (made.code !== 0) return made;
    const file = inRoot(...path.split('/'));
    if (existsSync(file) && readFileSync(file, 'utf8') === made.output) continue;
    return failed(`${path} is out of date. Write it anew: node dist/main.js ${args.join(' ')} > ${path}\n`);
  }
  return passed;
}

/** Started as they are loaded; only Node itself can say of the others whether all that they import is there. */
const started = ['main.js', 'worker-main.js', 'check-in-thread.js'];

async function checkLoading(node) {
  const files = readdirSync(inRoot('dist')).filter((name) => name.endsWith('.js') && !started.includes(name));
  const load = files.map((name) => `await import('./${name}');`).join('\n');
  return runQuietly(node, [...nodeOptions, '--input-type=module', '--eval', load], { cwd: inRoot('dist') });
}

function checkCitations() {
  const broken = findBrokenCitations();
  return broken.length === 0 ? passed : failed(`${broken.join('\n')}\n`);
}

function checkArrows() {
  const arrows = listArrows();
  if (arrows.length <= mostArrows) return passed;
  return failed(`${arrows.length} arrows between folders, and ${mostArrows} are allowed:\n${arrows.join('\n')}\n`);
}

function checkLicenses() {
  const forbidden = findForbiddenLicenses();
  return forbidden.length === 0 ? passed : failed(`${forbidden.join('\n')}\n`);
}

/** Every check by name, in the order of their lines. Each answers an exit code and what a person needs to mend it. */
function checksWith(node) {
  const run =
    (...args) =>
    () =>
      runQuietly(node, args, { env: { ...process.env, NO_COLOR: '1' } });
  return [
    ['types of src', run(compiler, '--noEmit', '-p', '.')],
    ['types of test and deploy', run(compiler, '--noEmit', '-p', 'test')],
    ['format and lint', run(tool('@biomejs', 'biome', 'bin', 'biome'), 'ci', '--error-on-warnings', '--colors=off')],
    [
      'layers',
      run(tool('dependency-cruiser', 'bin', 'dependency-cruise.mjs'), '--config', '.ci/dependency-cruiser.cjs', 'src'),
    ],
    ['dead code', run(tool('knip', 'bin', 'knip.js'), '--config', '.ci/knip.json', '--no-progress')],
    ['generated files', () => checkGenerated(node)],
    ['built files load', () => checkLoading(node)],
    ['arrows', async () => checkArrows()],
    ['licenses', async () => checkLicenses()],
    ['citations', async () => checkCitations()],
  ];
}

/** Runs every check, two at a time, prints a line for each, and answers 1 when any failed. */
export async function check(node) {
  let failures = 0;
  const report = async ([name, run]) => {
    const startedAt = performance.now();
    const { code, output } = await run();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n${code === 0 ? '' : output}`);
    if (code !== 0) failures += 1;
  };
  await report(['build', () => checkBuild(node)]);
  const waiting = checksWith(node);
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await report(next);
  };
  await Promise.all([work(), work()]);
  return failures === 0 ? 0 : 1;
}
