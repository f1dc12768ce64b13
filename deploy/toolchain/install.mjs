import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { explainedFailure } from './failure.mjs';
import { runNpm } from './npm.mjs';
import { inRoot, root } from './paths.mjs';
import { isPinnedLine } from './runtime.mjs';
import { runtimePackage, selectPackages } from './select-packages.mjs';

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const isSame = (found, entry) =>
  found.version === entry?.version && (found.integrity === undefined || found.integrity === entry.integrity);

/** True when all that is installed is as the lockfile says, whether or not something is missing. */
export function isPart(wanted, installed) {
  return Object.entries(installed).every(([path, found]) => isSame(found, wanted[path]));
}

/** npm leaves out the packages of other platforms. The pinned Node is wanted where the current one does not do. */
function mayBeMissing(path, { optional, os, cpu }) {
  if (optional !== true) return false;
  const isOfThisPlatform = [os].flat().includes(process.platform) && [cpu].flat().includes(process.arch);
  return path !== `node_modules/${runtimePackage}` || !isOfThisPlatform || isPinnedLine(process.versions.node);
}

/**
 * True when what is installed is what is wanted. npm writes `node_modules/.package-lock.json` as the last step of every
 * install, so an interrupted one never looks complete.
 */
export function isInstalled(wanted, installed, { mayBeMore = false } = {}) {
  if (installed === undefined) return false;
  if (!mayBeMore && Object.keys(installed).some((path) => wanted[path] === undefined)) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    const found = installed[path];
    return path === '' || (found === undefined ? mayBeMissing(path, entry) : isSame(found, entry));
  });
}

function isLink(path) {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** Installs a part of a lockfile's packages as npm ci would, in a folder of its own, and moves them where they belong. */
async function installPart(lock, packages) {
  const stage = inRoot('.install');
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage);
  writeFileSync(join(stage, 'package.json'), JSON.stringify(packages['']));
  writeFileSync(join(stage, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
  if (existsSync(inRoot('.npmrc'))) copyFileSync(inRoot('.npmrc'), join(stage, '.npmrc'));
  try {
    await runNpm(['ci'], stage);
    rmSync(inRoot('node_modules'), { recursive: true, force: true });
    renameSync(join(stage, 'node_modules'), inRoot('node_modules'));
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/**
 * Installs what a folder's lockfile says where node_modules differs from it; says so on stderr, and nothing on stdout. A
 * part that is there already stays in place, since a demo may run from it.
 * @param options.isForProgram a fresh clone gets only what the program, its build and its demo need.
 */
export async function install(folder = root, { isForProgram = false } = {}) {
  const lock = readLock(join(folder, 'package-lock.json'));
  if (lock === undefined)
    throw explainedFailure('package-lock.json is missing: run this in a clone of the repository.');
  const part = isForProgram ? selectPackages(lock.packages, !isPinnedLine(process.versions.node)) : lock.packages;
  const installed = readLock(join(folder, 'node_modules', '.package-lock.json'))?.packages;
  if (isInstalled(part, installed, { mayBeMore: isForProgram })) return;
  if (isLink(join(folder, 'node_modules'))) {
    throw explainedFailure('node_modules is a link and differs from package-lock.json: run npm ci where it points to.');
  }
  const isFreshPart = isForProgram && installed === undefined;
  const where = folder === root ? '' : ` of ${relative(root, folder)}`;
  process.stderr.write(`Installing dependencies${where} with npm, this first time …\n`);
  const startedAt = Date.now();
  if (isFreshPart) await installPart(lock, part);
  else if (installed !== undefined && isPart(lock.packages, installed)) await runNpm(['install', '--no-save'], folder);
  else await runNpm(['ci'], folder);
  process.stderr.write(`Installed in ${((Date.now() - startedAt) / 1000).toFixed(0)} s.\n`);
}
