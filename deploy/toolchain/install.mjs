import { spawn } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { explainedFailure } from './failure.mjs';
import { root } from './paths.mjs';

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * True when what is installed is what the lockfile says. npm writes `node_modules/.package-lock.json` as the last step
 * of every install, so an interrupted one never looks complete. Optional packages may be missing: npm leaves out those
 * of other platforms.
 */
export function isInstalled(wanted, installed) {
  if (installed === undefined) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    if (found === undefined ? entry.optional !== true : found.version !== entry.version) return false;
    if (found?.integrity !== undefined && found.integrity !== entry.integrity) return false;
  }
  return Object.keys(installed).every((path) => wanted[path] !== undefined);
}

function isLink(path) {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** How npm is called: the very npm that runs this script where there is one. */
function npmCommand() {
  const path = process.env.npm_execpath;
  return path?.endsWith('.js') ? [process.execPath, [path]] : ['npm', []];
}

/** Runs `npm ci` when a folder's node_modules differs from its lockfile; says so on stderr, and nothing on stdout. */
export async function install(folder = root) {
  const wanted = readLock(join(folder, 'package-lock.json'));
  if (wanted === undefined)
    throw explainedFailure('package-lock.json is missing: run this in a clone of the repository.');
  if (isInstalled(wanted, readLock(join(folder, 'node_modules', '.package-lock.json')))) return;
  if (isLink(join(folder, 'node_modules'))) {
    throw explainedFailure('node_modules is a link and differs from package-lock.json: run npm ci where it points to.');
  }
  const startedAt = Date.now();
  const where = folder === root ? '' : ` of ${relative(root, folder)}`;
  process.stderr.write(`Installing dependencies${where} (npm ci); the first time takes about half a minute …\n`);
  const [file, args] = npmCommand();
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn(file, [...args, ...options], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    output += text;
  });
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.on('close', resolve);
  });
  if (code !== 0) {
    throw explainedFailure(
      `${output.trim()}\nInstalling the dependencies failed (npm ci, exit code ${code}); the lines above say why.`,
    );
  }
  process.stderr.write(`Installed in ${((Date.now() - startedAt) / 1000).toFixed(0)} s.\n`);
}
