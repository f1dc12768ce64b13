import { renameSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { buildProgram } from '../../support/program-process.ts';
import {
  isAlive,
  type KeptConnection,
  keepConnection,
  startWorkerWorld,
  type WorkerWorld,
} from '../../support/worker-world.ts';

const count = 2;
let all: WorkerWorld | undefined;

beforeAll(() => buildProgram(), 120_000);
afterEach(async () => {
  await all?.close();
  all = undefined;
});

async function start(): Promise<{ all: WorkerWorld; browser: HttpBrowser; connections: readonly KeptConnection[] }> {
  const started = await startWorkerWorld(count);
  all = started;
  const browser = started.world.browser();
  await started.world.signIn(browser, started.world.url('dashboard'), 'ada');
  const connections: KeptConnection[] = [];
  for (let index = 0; index < count; index += 1) {
    const connection = await keepConnection(started.world, browser, started.world.url('dashboard'));
    expect((await connection.ask())?.status).toBe(200);
    connections.push(connection);
  }
  return { all: started, browser, connections };
}

const statuses = async (connections: readonly KeptConnection[]) =>
  (await Promise.all(connections.map((connection) => connection.ask()))).map((one) => one?.code ?? one?.status);

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('It did not come to pass.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(true));
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
  });
}

test('workers whose primary was killed end by themselves: no orphan goes on serving', async () => {
  const { all: running, connections } = await start();
  const { workers } = await running.status();
  const pids = workers.map(({ pid }) => Number(pid));
  running.program.child.kill('SIGKILL');
  await until(() => pids.every((pid) => !isAlive(pid)));
  expect(await statuses(connections)).toEqual([undefined, undefined]);
  expect(await isRefused(Number(running.world.addresses.tlsPort))).toBe(true);
}, 60_000);

describe('the state file', () => {
  test('that is taken away is a 503 in every worker, and all is right again when it is back', async () => {
    const { all: running, connections } = await start();
    const file = join(running.world.folder, 'state.db');
    renameSync(file, `${file}.away`);
    expect(await statuses(connections)).toEqual(['state_unavailable', 'state_unavailable']);
    expect((await running.world.admin('/readyz')).status).toBe(503);
    renameSync(`${file}.away`, file);
    expect(await statuses(connections)).toEqual([200, 200]);
    await until(async () => (await running.world.admin('/readyz')).status === 200);
  }, 60_000);

  test('that somebody locks for writing refuses a revocation with 503, which works once it is free', async () => {
    const { all: running, connections } = await start();
    const { sessions } = JSON.parse((await running.world.admin('/api/v1/sessions')).body);
    const end = () => running.world.admin(`/api/v1/sessions/${sessions[0].id}`, { method: 'DELETE' });
    const other = new DatabaseSync(join(running.world.folder, 'state.db'), { timeout: 10_000 });
    other.exec('BEGIN IMMEDIATE');
    expect((await end()).status).toBe(503);
    expect(await statuses(connections)).toEqual([200, 200]);
    other.exec('ROLLBACK');
    other.close();
    expect((await end()).status).toBe(200);
    expect(await statuses(connections)).toEqual(['session_revoked', 'session_revoked']);
  }, 60_000);

  test('whose log has a gap empties the memory of every worker: what was revoked unheard is refused', async () => {
    const { all: running, connections } = await start();
    const other = new DatabaseSync(join(running.world.folder, 'state.db'), { timeout: 10_000 });
    other.exec('BEGIN IMMEDIATE');
    // As if a worker had been away for longer than the log is kept.
    other.exec("DELETE FROM records WHERE kind IN ('session', 'credential')");
    other.exec("UPDATE sqlite_sequence SET seq = seq + 5 WHERE name = 'change_log'");
    other.exec('COMMIT');
    other.close();
    expect(await statuses(connections)).toEqual(['login_required', 'login_required']);
  }, 60_000);
});

describe('workers that cannot start any more', () => {
  test('end the program with 3 and say why', async () => {
    const { all: running, connections } = await start();
    const { workers } = await running.status();
    // Whoever starts from now on finds no state that it could open.
    renameSync(join(running.world.folder, 'state.db'), join(running.world.folder, 'gone.db'));
    const folder = new DatabaseSync(join(running.world.folder, 'state.db'), { timeout: 10_000 });
    folder.exec('CREATE TABLE somebody_elses (x)');
    folder.close();
    for (const { pid } of workers) process.kill(Number(pid), 'SIGKILL');
    expect(await running.program.exited).toBe(3);
    expect(running.program.stderr()).toMatch(
      /^Postern stopped: no worker can be started any more\. The last one said: The state file [^\n]*\n$/,
    );
    for (const connection of connections) connection.close();
  }, 60_000);
});
