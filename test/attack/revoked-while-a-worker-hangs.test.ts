import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../support/http-browser.ts';
import { openWebSocket } from '../support/live-connections.ts';
import { buildProgram } from '../support/program-process.ts';
import { type KeptConnection, keepConnection, startWorkerWorld, type WorkerWorld } from '../support/worker-world.ts';

const count = 2;
let all: WorkerWorld;

beforeAll(async () => {
  await buildProgram();
  all = await startWorkerWorld(count);
}, 180_000);
afterAll(() => all?.close());
afterEach(() => {
  all.world.app.answer = undefined;
});

const pids = async () => (await all.status()).workers.map(({ pid }) => Number(pid));

async function signIn(): Promise<{ readonly browser: HttpBrowser; readonly session: string }> {
  const browser = all.world.browser();
  await all.world.signIn(browser, all.world.url('dashboard'), 'ada');
  const { sessions } = JSON.parse((await all.world.admin('/api/v1/sessions?user=ada@corp.example')).body);
  return { browser, session: sessions.at(-1).id };
}

/** A connection to each worker, with the session in the worker's memory. */
async function onEach(browser: HttpBrowser): Promise<readonly KeptConnection[]> {
  const connections: KeptConnection[] = [];
  for (let index = 0; index < count; index += 1) {
    const connection = await keepConnection(all.world, browser, all.world.url('dashboard'));
    expect((await connection.ask())?.status).toBe(200);
    connections.push(connection);
  }
  return connections;
}

async function end(session: string) {
  const { body } = await all.world.admin(`/api/v1/sessions/${session}`, { method: 'DELETE' });
  return JSON.parse(body);
}

test('a worker that hangs during a revocation passes nothing on when it wakes: no bytes, no answer, no new request', async () => {
  const { browser, session } = await signIn();
  const before = await pids();
  const connections = await onEach(browser);
  const sockets = [];
  for (let index = 0; index < count; index += 1) {
    sockets.push(await openWebSocket(all.world, browser, all.world.url('dashboard')));
  }
  for (const socket of sockets) expect(await socket.next()).toBe('hello');
  const waiting: ServerResponse[] = [];
  const bothAsked = new Promise<void>((resolve) => {
    all.world.app.answer = (_request, response) => {
      waiting.push(response);
      if (waiting.length === count) resolve();
    };
  });
  const slow: ReturnType<KeptConnection['ask']>[] = [];
  for (let index = 0; index < count; index += 1) {
    slow.push((await keepConnection(all.world, browser, all.world.url('dashboard'))).ask('/slow'));
  }
  await bothAsked;
  const heardByApp: string[] = [];
  for (const socket of all.world.app.sockets) socket.on('message', (data) => heardByApp.push(String(data)));

  process.kill(before[0] ?? 0, 'SIGSTOP');
  const answer = await end(session);
  expect(answer).toMatchObject({ ended: true, confirmed: { workers_killed: 0 } });
  expect(answer.confirmed.workers_fenced).toBeGreaterThan(0);
  // From here on nothing of that session may come through, in either direction.
  for (const { socket } of sockets) if (socket.readyState === socket.OPEN) socket.send('late from the client');
  for (const socket of all.world.app.sockets) socket.send('late from the app');
  for (const response of waiting) response.end('late answer');
  const late = connections.map((connection) => connection.ask());
  process.kill(before[0] ?? 0, 'SIGCONT');

  expect(await Promise.all(slow)).toEqual([undefined, undefined]);
  all.world.app.answer = undefined;
  expect(await Promise.all(late)).toEqual(Array(count).fill({ status: 401, code: 'session_revoked' }));
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([3000, 3000]);
  expect(sockets.flatMap(({ heard }) => heard)).toEqual([]);
  expect(heardByApp).toEqual([]);
  expect(await pids()).toEqual(before);
  for (const connection of connections) connection.close();
}, 60_000);

test('a worker that hangs while a person is locked lets nobody pass on what it knew', async () => {
  const { browser } = await signIn();
  const before = await pids();
  const connections = await onEach(browser);
  const sockets = [];
  for (let index = 0; index < count; index += 1) {
    sockets.push(await openWebSocket(all.world, browser, all.world.url('dashboard')));
  }
  for (const socket of sockets) expect(await socket.next()).toBe('hello');
  process.kill(before[1] ?? 0, 'SIGSTOP');
  const lock = '/api/v1/locks/person/ada@corp.example';
  const set = await all.world.admin(lock, { method: 'PUT', body: { reason: 'her laptop is gone' } });
  const { confirmed } = JSON.parse(set.body);
  expect(confirmed).toMatchObject({ workers_killed: 0 });
  expect(confirmed.workers_fenced).toBeGreaterThan(0);
  for (const socket of all.world.app.sockets) socket.send('late from the app');
  const late = connections.map((connection) => connection.ask());
  process.kill(before[1] ?? 0, 'SIGCONT');
  for (const answer of await Promise.all(late)) expect([401, 403]).toContain(answer?.status);
  await Promise.all(sockets.map(({ closed }) => closed));
  expect(sockets.flatMap(({ heard }) => heard)).toEqual([]);
  expect(await pids()).toEqual(before);
  expect((await all.world.admin(lock, { method: 'DELETE' })).status).toBe(200);
  for (const connection of connections) connection.close();
}, 60_000);
