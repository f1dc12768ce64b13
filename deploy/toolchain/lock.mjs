import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { root } from './paths.mjs';

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** `undefined` while the owner has not yet written its name. */
function readOwner(folder) {
  try {
    return Number.parseInt(readFileSync(join(folder, 'pid'), 'utf8'), 10);
  } catch {
    return undefined;
  }
}

function tryToTake(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
  writeFileSync(join(folder, 'pid'), String(process.pid));
  return true;
}

/** One command at a time installs and builds: `npm test` may be started beside `npm run demo` in a fresh clone. */
export const buildLock = {
  name: `postern-toolchain-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`,
  notice: 'Waiting for another command that installs or builds here …',
};

/** Lets one process of this computer at a time do the work that the lock is for; says the notice when it has to wait. */
export async function withLock(work, { name, notice }) {
  const folder = join(tmpdir(), name);
  let namelessLooks = 0;
  let isAnnounced = false;
  while (!tryToTake(folder)) {
    const owner = readOwner(folder);
    namelessLooks = owner === undefined ? namelessLooks + 1 : 0;
    if (namelessLooks > 10 || (owner !== undefined && !isAlive(owner))) {
      rmSync(folder, { recursive: true, force: true });
      continue;
    }
    if (!isAnnounced) process.stderr.write(`${notice}\n`);
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
