import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSqliteStore } from '../../../src/state/sqlite-store.ts';
import { writeSessions } from '../../support/bulk-sessions.ts';
import { buildProgram } from '../../support/program-process.ts';
import { keepConnection, startWorkerWorld, type WorkerWorld } from '../../support/worker-world.ts';
import { stateKey } from '../../support/world.ts';

const count = 10_000;
const settings = { expirationMs: 12 * 3_600_000, inactivityMs: 1_800_000 };
let all: WorkerWorld;

beforeAll(async () => {
  await buildProgram();
  all = await startWorkerWorld(2);
  const path = join(all.world.folder, 'state.db');
  const store = await createSqliteStore({ path, key: stateKey, now: Date.now, randomBytes, isCleaning: false });
  // The other processes write too, and wait for no more than a batch.
  await writeSessions(store, { count, settings, perTransaction: 100 });
  await store.close();
}, 180_000);
afterAll(() => all?.close());

async function active(): Promise<number> {
  const { status, body } = await all.world.admin('/metrics');
  expect(status).toBe(200);
  return Number(/postern_sessions_active\{idp="corp"\} (\d+)/.exec(body)?.[1]);
}

test('scrapes beside revocations end no worker, and nothing that was revoked is served after the answer', async () => {
  const before = (await all.status()).workers.map(({ pid }) => pid);
  const browser = all.world.browser();
  await all.world.signIn(browser, all.world.url('dashboard'), 'ada');
  const connections = [];
  for (let index = 0; index < 2; index += 1) {
    const connection = await keepConnection(all.world, browser, all.world.url('dashboard'));
    expect((await connection.ask())?.status).toBe(200);
    connections.push(connection);
  }
  const { sessions } = JSON.parse((await all.world.admin('/api/v1/sessions?user=ada@corp.example')).body);
  const scrapes = Array.from({ length: 4 }, active);
  const ended = await all.world.admin(`/api/v1/sessions/${sessions[0].id}`, { method: 'DELETE' });
  expect(JSON.parse(ended.body)).toMatchObject({ confirmed: { workers_killed: 0 } });
  const after = await Promise.all(connections.map((connection) => connection.ask()));
  expect(after).toEqual(Array(2).fill({ status: 401, code: 'session_revoked' }));
  for (const counted of await Promise.all(scrapes)) expect([count, count + 1]).toContain(counted);
  expect(await active()).toBe(count);
  expect((await all.status()).workers.map(({ pid }) => pid)).toEqual(before);
  for (const connection of connections) connection.close();
}, 60_000);

test('a list of all of them comes in pages, and every session is in one', async () => {
  const seen = new Set<string>();
  let after = '';
  for (;;) {
    const { sessions, total, next } = JSON.parse((await all.world.admin(`/api/v1/sessions${after}`)).body);
    expect(sessions.length).toBeLessThanOrEqual(1_000);
    expect(total).toBe(count);
    for (const { id } of sessions) seen.add(id);
    if (next === undefined) break;
    after = `?after=${next}`;
  }
  expect(seen.size).toBe(count);
}, 60_000);
