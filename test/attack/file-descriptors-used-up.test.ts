import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { buildProgram } from '../support/program-process.ts';
import { keepConnection, startWorkerWorld, type WorkerWorld } from '../support/worker-world.ts';

const openFiles = 200;
/** More than all processes together could hold. */
const strangers = 600;
let all: WorkerWorld | undefined;
let crowd: Socket[] = [];

beforeAll(() => buildProgram(), 120_000);
afterEach(async () => {
  for (const socket of crowd) socket.destroy();
  crowd = [];
  await all?.close();
  all = undefined;
});

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await answerOf(isSo))) {
    if (Date.now() > end) throw new Error(`It did not come to pass that ${what}.`);
    await delay(20);
  }
}

/** While connections wait to be handed to a worker, the one to the admin listener may be reset: that is no answer yet. */
async function answerOf(isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await isSo();
  } catch {
    return false;
  }
}

/**
 * Connections that say nothing. Not all at once: then the system's own queue would refuse most of them, and none would
 * be left to fill a worker while it is handed the next.
 */
async function comeAll(port: number): Promise<void> {
  while (crowd.length < strangers) {
    const next = Array.from({ length: 10 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    crowd.push(...next);
    await Promise.all(next.map((socket) => (socket.connecting ? once(socket, 'connect').catch(() => undefined) : 0)));
  }
}

const counted = async (world: WorkerWorld['world'], name: string): Promise<number> => {
  const { body } = await world.admin('/metrics');
  const lines = body.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
};

describe.each([1, 2])('more connections than file descriptors, with %i workers', (workers) => {
  test('are refused; whoever is there goes on, and all is as before once they have gone', async () => {
    all = await startWorkerWorld(workers, { limits: { openFiles } });
    const { world, program } = all;
    const browser = world.browser();
    await world.signIn(browser, world.url('dashboard'), 'ada');
    const kept = await keepConnection(world, browser, world.url('dashboard'));
    expect((await kept.ask())?.status).toBe(200);
    const before = (await all.status()).workers.map(({ pid }) => pid);

    await comeAll(Number(world.addresses.tlsPort));
    await until('some were refused', async () => (await counted(world, 'postern_connections_refused_total')) > 0);
    expect((await kept.ask())?.status).toBe(200);
    await until('every process has descriptors left', async () => {
      const [open, most] = [await counted(world, 'process_open_fds'), await counted(world, 'process_max_fds')];
      return most === openFiles && open > 0 && open < openFiles - 10;
    });
    expect((await world.admin('/livez')).status).toBe(200);

    const gone = crowd.filter(({ closed }) => !closed).map((socket) => once(socket, 'close'));
    for (const socket of crowd) socket.destroy();
    await Promise.all(gone);
    const late = await keepConnection(world, browser, world.url('dashboard'));
    expect((await late.ask())?.status).toBe(200);
    expect((await kept.ask())?.status).toBe(200);
    const { workers: after } = await all.status();
    expect(after.map(({ pid, restarts }) => [pid, restarts])).toEqual(before.map((pid) => [pid, 0]));
    expect(program.child.exitCode).toBeNull();
  }, 120_000);
});
