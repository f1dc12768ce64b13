import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { root } from './paths.mjs';

const folder = join(tmpdir(), `postern-toolchain-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
const ownerFile = join(folder, 'pid');

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** `undefined` while the owner has not yet written its name. */
function readOwner() {
  try {
    return Number.parseInt(readFileSync(ownerFile, 'utf8'), 10);
  } catch {
    return undefined;
  }
}

function tryToTake() {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
  writeFileSync(ownerFile, String(process.pid));
  return true;
}

/** Lets one command at a time install and build: `npm test` may be started beside `npm run demo` in a fresh clone. */
export async function withLock(work) {
  let namelessLooks = 0;
  let isAnnounced = false;
  while (!tryToTake()) {
    const owner = readOwner();
    namelessLooks = owner === undefined ? namelessLooks + 1 : 0;
    if (namelessLooks > 10 || (owner !== undefined && !isAlive(owner))) {
      rmSync(folder, { recursive: true, force: true });
      continue;
    }
    if (!isAnnounced) process.stderr.write('Waiting for another command that installs or builds here …\n');
    isAnnounced = true;
    await wait(200);
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  const leave = (signal) => {
    release();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', leave);
  process.once('SIGTERM', leave);
  try {
    return await work();
  } finally {
    process.off('SIGINT', leave);
    process.off('SIGTERM', leave);
    release();
  }
}
