import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { openWebSocket } from '../../support/live-connections.ts';
import { buildProgram } from '../../support/program-process.ts';
import { type KeptConnection, keepConnection, startWorkerWorld, type WorkerWorld } from '../../support/worker-world.ts';

const count = 3;
let all: WorkerWorld;
let browser: HttpBrowser;
let session: string;

beforeAll(async () => {
  await buildProgram();
  all = await startWorkerWorld(count);
}, 180_000);
afterAll(() => all?.close());

beforeEach(async () => {
  browser = all.world.browser();
  await all.world.signIn(browser, all.world.url('dashboard'), 'ada');
  const { sessions } = JSON.parse((await all.world.admin('/api/v1/sessions?user=ada@corp.example')).body);
  session = sessions.at(-1).id;
  await all.until('all serve', ({ workers }) => workers.every(({ state }) => state === 'serving'));
}, 60_000);

/** A connection to each worker, with the session in the worker's memory. */
async function onEach(host = 'dashboard'): Promise<readonly KeptConnection[]> {
  const connections: KeptConnection[] = [];
  for (let index = 0; index < count; index += 1) {
    const connection = await keepConnection(all.world, browser, all.world.url(host));
    expect((await connection.ask())?.status).toBe(200);
    connections.push(connection);
  }
  return connections;
}

async function end(id = session) {
  const { status, body } = await all.world.admin(`/api/v1/sessions/${id}`, { method: 'DELETE' });
  return { status, ...JSON.parse(body) };
}

describe('a session that an admin ends', () => {
  test('is refused by every worker once the answer is there, and the answer says how they confirmed', async () => {
    const connections = await onEach();
    const answer = await end();
    expect(answer).toMatchObject({ ended: true, confirmed: { workers: count, workers_killed: 0, streams_closed: 0 } });
    expect(answer.confirmed.took_ms).toBeGreaterThan(0);
    const answers = await Promise.all(connections.map((connection) => connection.ask()));
    expect(answers).toEqual(Array(count).fill({ status: 401, code: 'session_revoked' }));
    for (const connection of connections) connection.close();
  });

  test('has no stream open in any worker once the answer is there', async () => {
    const sockets = [];
    for (let index = 0; index < count; index += 1) {
      sockets.push(await openWebSocket(all.world, browser, all.world.url('dashboard')));
    }
    await all.until('each has a stream', ({ workers }) => workers.every(({ streams }) => streams === 1));
    const { confirmed } = await end();
    expect(confirmed).toMatchObject({ workers: count, streams_closed: count });
    expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([3000, 3000, 3000]);
    await all.until('none is left', ({ workers }) => workers.every(({ streams }) => streams === 0));
  });

  test('is measured: the time until the last worker had applied it', async () => {
    const before = await propagated();
    await end();
    const after = await propagated();
    expect(after.count - before.count).toBe(1);
    expect(after.sum - before.sum).toBeGreaterThan(0);
  });
});

test('signing out at one worker is confirmed by the others before its page is sent', async () => {
  const connections = await onEach();
  const before = await propagated();
  const question = await browser.open(all.world.url('auth', '/.postern/sign-out'));
  await browser.submit(question, {});
  const answers = await Promise.all(connections.map((connection) => connection.ask()));
  expect(answers.map((answer) => answer?.status)).toEqual([401, 401, 401]);
  expect((await propagated()).count - before.count).toBe(1);
  for (const connection of connections) connection.close();
});

test('a device fact that closes an app does so in every worker once the answer is there', async () => {
  const set = (value: boolean) =>
    all.world.admin('/api/v1/devices/ada-laptop/facts', { method: 'PUT', body: { disk_encrypted: value } });
  expect(JSON.parse((await set(true)).body).confirmed).toMatchObject({ workers: count });
  const laptop = all.world.browser('ada-laptop');
  await all.world.signIn(laptop, all.world.url('console'), 'ada');
  const send = () => laptop.send(all.world.url('console'), { headers: { connection: 'close' } });
  for (let index = 0; index < count; index += 1) expect((await send()).status).toBe(200);
  await set(false);
  for (let index = 0; index < count; index += 1) expect((await send()).status).toBe(403);
});

test('a lock of a route holds in every worker once the answer is there, and the answer counts what it closed', async () => {
  const connections = await onEach();
  const sockets = [];
  for (let index = 0; index < count; index += 1) {
    sockets.push(await openWebSocket(all.world, browser, all.world.url('dashboard')));
  }
  await all.until('each has a stream', ({ workers }) => workers.every(({ streams }) => streams === 1));
  const lock = '/api/v1/locks/route/dashboard';
  const set = await all.world.admin(lock, { method: 'PUT', body: { reason: 'the app leaks' } });
  expect(JSON.parse(set.body)).toMatchObject({
    outcome: 'set',
    confirmed: { workers: count, workers_killed: 0, streams_closed: count },
  });
  const refused = await Promise.all(connections.map((connection) => connection.ask()));
  expect(refused).toEqual(Array(count).fill({ status: 403, code: 'account_locked' }));
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([3003, 3003, 3003]);
  expect((await all.world.admin(lock, { method: 'DELETE' })).status).toBe(200);
  const again = await Promise.all(connections.map((connection) => connection.ask()));
  expect(again.map((answer) => answer?.status)).toEqual([200, 200, 200]);
  for (const connection of connections) connection.close();
});

describe('a worker that is killed with -9 in the middle of a revocation', () => {
  test('holds up nobody when it only had to confirm', async () => {
    const connections = await onEach();
    const { workers } = await all.status();
    const pid = Number(workers[1]?.pid);
    process.kill(pid, 'SIGSTOP');
    const answer = end();
    // The call has begun and waits for this one.
    await until(async () => (await all.world.admin(`/api/v1/sessions/${session}`)).status === 404);
    process.kill(pid, 'SIGKILL');
    expect(await answer).toMatchObject({ ended: true, confirmed: { workers: count - 1, workers_killed: 0 } });
    const answers = await Promise.all(connections.map((connection) => connection.ask()));
    expect(answers.filter((one) => one?.status === 200)).toEqual([]);
    for (const connection of connections) connection.close();
  }, 60_000);

  test('leaves no half of it: an answer means refused everywhere, and a cut means the same everywhere', async () => {
    for (const afterMs of [0, 2, 5]) {
      await all.until('all serve', (now) => now.workers.every(({ state }) => state === 'serving'));
      const person = all.world.browser();
      await all.world.signIn(person, all.world.url('dashboard'), 'lin');
      const question = await person.open(all.world.url('auth', '/.postern/sign-out'));
      const { workers } = await all.status();
      const answer = person.submit(question, {}).then(
        () => 'answered',
        () => 'cut',
      );
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      for (const { pid } of workers) process.kill(Number(pid), 'SIGKILL');
      await all.until('others serve', (now) =>
        now.workers.every(({ state, pid }) => state === 'serving' && !workers.some((one) => one.pid === pid)),
      );
      // A connection that was just being handed to a worker that died is nobody's: it would wait for ever.
      const outcome = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 500))]);
      const statuses = [];
      for (let index = 0; index < count; index += 1) {
        const connection = await keepConnection(all.world, person, all.world.url('dashboard'));
        statuses.push((await connection.ask())?.status);
        connection.close();
      }
      expect(new Set(statuses).size).toBe(1);
      if (outcome === 'answered') expect(statuses[0]).toBe(401);
    }
  }, 90_000);
});

async function propagated(): Promise<{ readonly count: number; readonly sum: number }> {
  const lines = (await all.world.admin('/metrics')).body.split('\n');
  const read = (name: string) =>
    Number(lines.find((line) => line.startsWith(`postern_revocation_propagation_seconds_${name} `))?.split(' ')[1]);
  return { count: read('count'), sum: read('sum') };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
