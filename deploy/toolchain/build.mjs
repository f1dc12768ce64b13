import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { explainedFailure } from './failure.mjs';
import { inRoot, root } from './paths.mjs';

const stamp = inRoot('dist', '.stamp');

/** A hash of all that the build reads. By content: a checkout changes times without changing text, and back. */
function hashSources() {
  const hash = createHash('sha256');
  const folder = inRoot('src');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  const others = [inRoot('tsconfig.json'), inRoot('package-lock.json'), inRoot('deploy', 'toolchain', 'bundle.mjs')];
  for (const file of [...files, ...others]) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Runs a step of the build; throws what it printed when it fails. */
function runStep(node, args) {
  const result = spawnSync(node, args, { cwd: root, encoding: 'utf8' });
  if (result.status === 0) return;
  throw explainedFailure(`${result.stdout}${result.stderr}The build failed: the lines above say where.`);
}

/**
 * Makes dist/ out of src/ when the sources changed; types are not checked. Into a folder beside it first: a running
 * demo keeps what it has.
 */
export async function build(node) {
  const wanted = hashSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('Building …\n');
  const fresh = inRoot(`dist.${process.pid}`);
  try {
    runStep(node, [inRoot('deploy', 'toolchain', 'bundle.mjs'), fresh]);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
  writeFileSync(join(fresh, '.stamp'), wanted);
  rmSync(inRoot('dist'), { recursive: true, force: true });
  renameSync(fresh, inRoot('dist'));
}

/** Puts the types of the package beside the program, for those who import it; the first error in src/ stops it. */
export async function buildDeclarations(node) {
  await build(node);
  const done = inRoot('dist', '.declarations');
  if (existsSync(done)) return;
  const tsc = inRoot('node_modules', 'typescript-native', 'bin', 'tsc');
  runStep(node, [tsc, '-p', root, '--emitDeclarationOnly', '--outDir', inRoot('dist')]);
  writeFileSync(done, '');
}
