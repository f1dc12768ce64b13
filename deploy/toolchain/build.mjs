import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  for (const file of [...files, inRoot('tsconfig.json'), inRoot('package-lock.json')]) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Compiles src/ into dist/ when the sources changed. Into a folder beside it first: a running demo keeps what it has. */
export async function build(node) {
  const wanted = hashSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const fresh = inRoot(`dist.${process.pid}`);
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  const result = spawnSync(node, [tsc, '-p', root, '--outDir', fresh], { cwd: root, encoding: 'utf8' });
  if (result.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw explainedFailure(`${result.stdout}${result.stderr}The build failed: the lines above say where.`);
  }
  const binary = join(fresh, 'main.js');
  if (existsSync(binary)) chmodSync(binary, 0o755);
  writeFileSync(join(fresh, '.stamp'), wanted);
  rmSync(inRoot('dist'), { recursive: true, force: true });
  renameSync(fresh, inRoot('dist'));
}
