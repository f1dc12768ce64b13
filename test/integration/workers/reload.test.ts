import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { openWebSocket } from '../../support/live-connections.ts';
import { buildProgram } from '../../support/program-process.ts';
import { type KeptConnection, keepConnection, startWorkerWorld, type WorkerWorld } from '../../support/worker-world.ts';

const count = 3;
const grant = 'allow: [{ id: engineering, groups: [engineering] }]';
const noGrant = 'allow: [{ id: engineering, groups: [nobody] }]';
let all: WorkerWorld;
let browser: HttpBrowser;
let connections: KeptConnection[] = [];

beforeAll(async () => {
  await buildProgram();
  all = await startWorkerWorld(count);
  browser = all.world.browser();
  await all.world.signIn(browser, all.world.url('dashboard'), 'ada');
  for (let index = 0; index < count; index += 1) {
    connections.push(await keepConnection(all.world, browser, all.world.url('dashboard')));
  }
}, 180_000);
afterAll(async () => {
  for (const connection of connections) connection.close();
  await all?.close();
});

const askEach = () => Promise.all(connections.map((connection) => connection.ask()));
const write = (change: (text: string) => string) => writeFileSync(all.world.file, change(all.world.text));
const reload = async (body: object = {}) => {
  const { status, body: text } = await all.world.admin('/api/v1/reload', { method: 'POST', body });
  return { status, ...JSON.parse(text) };
};
const configs = async () => (await all.status()).workers.map(({ config }) => config);

describe('a reload', () => {
  test('is answered when every worker decides by the new configuration, and open streams were decided again', async () => {
    const sockets = [];
    for (let index = 0; index < count; index += 1) {
      sockets.push(await openWebSocket(all.world, browser, all.world.url('dashboard')));
    }
    await all.until('each has a stream', ({ workers }) => workers.every(({ streams }) => streams === 1));
    write((text) => text.replace(grant, noGrant));
    const answer = await reload();
    expect(answer).toMatchObject({ status: 200, outcome: 'applied', workers: count, workers_killed: 0 });
    expect((await askEach()).map((one) => one?.status)).toEqual([403, 403, 403]);
    expect(await configs()).toEqual(Array(count).fill(answer.config));
    expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([3003, 3003, 3003]);
  });

  test('goes back to a configuration of the history in every worker', async () => {
    const { configurations } = JSON.parse((await all.world.admin('/api/v1/configurations')).body);
    const before = configurations.find((one: { running: boolean }) => !one.running).hash;
    expect(await reload({ to: before })).toMatchObject({ outcome: 'applied', hash: before, workers: count });
    expect((await askEach()).map((one) => one?.status)).toEqual([200, 200, 200]);
  });

  test('by SIGHUP is the same decision', async () => {
    all.program.child.kill('SIGHUP');
    const wanted = (await reload({ check_only: true })).config;
    await all.until('all have it', ({ workers }) => workers.every(({ config }) => config === wanted));
    expect((await askEach()).map((one) => one?.status)).toEqual([403, 403, 403]);
  });

  test('that is refused changes nothing in any worker', async () => {
    const before = await configs();
    write((text) => text.replace(grant, 'allow: [{ id: engineering, group: [engineering] }]'));
    expect(await reload()).toMatchObject({ status: 422, outcome: 'refused', because: 'problems' });
    expect(await configs()).toEqual(before);
  });

  test('reaches a worker that starts later, which also has the files as they were read then', async () => {
    write((text) => text);
    const { config } = await reload();
    // Not reloaded: whoever read the file now would get another configuration.
    writeFileSync(all.world.file, readFileSync(all.world.file, 'utf8').replace(grant, noGrant));
    const { workers } = await all.status();
    process.kill(Number(workers[0]?.pid), 'SIGKILL');
    const after = await all.until(
      'it is back',
      (now) => now.workers[0]?.restarts === 1 && now.workers[0].state === 'serving',
    );
    const watched = (await reload({ check_only: true })).config;
    expect([config, watched]).toContain(after.workers[0]?.config);
    expect(new Set(after.workers.map((one) => one.config)).size).toBe(1);
  });

  test('waits for a worker that is busy, and kills nobody for one slow turn', async () => {
    write((text) => text.replace(grant, noGrant).replace('title: Wiki', 'title: Wiki and more'));
    const { workers } = await all.until('all serve', (now) => now.workers.every(({ state }) => state === 'serving'));
    const pid = Number(workers[1]?.pid);
    process.kill(pid, 'SIGSTOP');
    const answer = reload();
    // A second passes: the stopped worker is asked how it is, and does not say.
    expect((await all.status()).workers[1]?.config).toBeNull();
    process.kill(pid, 'SIGCONT');
    expect(await answer).toMatchObject({ outcome: 'applied', workers: count, workers_killed: 0 });
    const after = await all.status();
    expect(after.workers.map((one) => one.pid)).toEqual(workers.map((one) => one.pid));
    expect(new Set(after.workers.map(({ config }) => config)).size).toBe(1);
  }, 60_000);
});

describe('a shadow', () => {
  test('is compared in every worker and counted together', async () => {
    write((text) => text);
    await reload();
    await all.until('all serve', (now) => now.workers.every(({ state }) => state === 'serving'));
    for (const connection of connections) connection.close();
    connections = [];
    for (let index = 0; index < count; index += 1) {
      connections.push(await keepConnection(all.world, browser, all.world.url('dashboard')));
    }
    const file = all.world.file.replace('postern.yaml', 'shadow.yaml');
    writeFileSync(file, all.world.text.replace(grant, noGrant));
    expect(await reload({ shadow: file })).toMatchObject({ outcome: 'shadow_on' });
    expect((await askEach()).map((one) => one?.status)).toEqual([200, 200, 200]);
    const { shadow } = JSON.parse((await all.world.admin('/api/v1/status')).body);
    expect(shadow).toMatchObject({ compared: count, newly_denied: count });
    expect(await reload({ shadow: 'off' })).toMatchObject({ outcome: 'shadow_off' });
  });
});
