import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { openWebSocket } from '../../support/live-connections.ts';
import { buildProgram, startProcess } from '../../support/program-process.ts';
import { isAlive, keepConnection, startWorkerWorld, type WorkerWorld } from '../../support/worker-world.ts';

let all: WorkerWorld;
let browser: HttpBrowser;
let environment: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  await buildProgram();
  all = await startWorkerWorld(3, {
    onEnvironment: (env) => {
      environment = env;
    },
  });
  browser = all.world.browser();
  await all.world.signIn(browser, all.world.url('dashboard'), 'ada');
}, 180_000);
afterAll(() => all?.close());

const pidsOf = async () => (await all.status()).workers.map(({ pid }) => Number(pid));

/** The value of a metric's series that has these labels, of all processes together. */
async function metric(series: string): Promise<number> {
  const { body } = await all.world.admin('/metrics');
  const line = body.split('\n').find((one) => one.startsWith(series));
  return Number(line?.slice(line.lastIndexOf(' ') + 1));
}

/** Decisions by the process that wrote them. */
function decisionsByPid(): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  const folder = join(all.world.folder, 'audit');
  for (const name of readdirSync(folder)) {
    const pid = Number(/-(\d+)\.jsonl$/.exec(name)?.[1]);
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    const decisions = lines.filter((line) => line.includes('"type":"decision"') && line.includes('/spread')).length;
    counts.set(pid, (counts.get(pid) ?? 0) + decisions);
  }
  return counts;
}

describe('three workers', () => {
  test('are shown one by one, each serving the same configuration', async () => {
    const { workers, config, readiness } = await all.status();
    expect(workers.map(({ id, state, restarts }) => [id, state, restarts])).toEqual([
      [1, 'serving', 0],
      [2, 'serving', 0],
      [3, 'serving', 0],
    ]);
    expect(new Set(workers.map((worker) => worker.config))).toEqual(new Set([config]));
    expect(new Set(workers.map(({ pid }) => pid)).size).toBe(3);
    expect(workers.map(({ pid }) => pid)).not.toContain(all.program.child.pid);
    expect(readiness).toEqual({
      status: 'ready',
      checks: { state: 'ok', audit: 'ok', config: 'ok', serving: 'ok', workers: 'ok' },
    });
  });

  test('take connections in turn, and the process that started them takes none', async () => {
    const connections = [];
    for (let count = 0; count < 6; count += 1) {
      connections.push(await keepConnection(all.world, browser, all.world.url('dashboard')));
    }
    for (const connection of connections) expect((await connection.ask('/spread'))?.status).toBe(200);
    for (const connection of connections) connection.close();
    await all.world.admin('/api/v1/decisions/dec_00000000000000000000000000');
    await all.until('every decision is written', () => sum(decisionsByPid()) >= 6);
    const byPid = decisionsByPid();
    expect((await pidsOf()).map((pid) => byPid.get(pid))).toEqual([2, 2, 2]);
    expect(byPid.get(Number(all.program.child.pid))).toBe(0);
  });

  test('are all followed by postern tail, with and without a filter', async () => {
    const { world } = all;
    const admin = ['-c', world.file, '--admin', world.adminUrl('').replace(/\/$/, '')];
    const tail = (...args: readonly string[]) => startProcess(['tail', ...args, ...admin], environment, world.folder);
    const [everything, denials] = [tail('--format', 'json'), tail('--outcome', 'deny', '--route', 'dashboard')];
    try {
      const connections = [];
      for (let count = 0; count < 6; count += 1)
        connections.push(await keepConnection(world, browser, world.url('dashboard')));
      // It is followed once the first shows.
      while (!everything.stdout().includes('/begin')) await connections[0]?.ask('/begin');
      for (const [index, connection] of connections.entries()) await connection.ask(`/followed-${index}`);
      for (const index of connections.keys()) {
        const { type, outcome, route, path } = await everything.line(`/followed-${index}"`);
        expect([type, outcome, route, path]).toEqual(['decision', 'allow', 'dashboard', `/followed-${index}`]);
      }
      expect(everything.stderr()).toBe('');
      expect(denials.stdout()).toBe('');
      for (const connection of connections) connection.close();
    } finally {
      everything.child.kill('SIGINT');
      denials.child.kill('SIGTERM');
    }
    expect([await everything.exited, await denials.exited]).toEqual([0, 0]);
  });

  test('go on with each other’s TLS sessions', async () => {
    const first = await keepConnection(all.world, browser, all.world.url('dashboard'));
    await first.ask();
    const resumed = [];
    for (let count = 0; count < 3; count += 1) {
      const next = await keepConnection(all.world, browser, all.world.url('dashboard'), first.session());
      resumed.push(next.isResumed());
      next.close();
    }
    first.close();
    expect(resumed).toEqual([true, true, true]);
  });

  test('are counted as one: what each has counted is added up', async () => {
    const series =
      'postern_authz_decisions_total{route="wiki",mode="enforce",decision="login",reason="login_required"}';
    const before = await metric(series);
    for (let count = 0; count < 9; count += 1) await all.world.browser().send(all.world.url('wiki'));
    expect((await metric(series)) - before).toBe(9);
    expect(await metric('postern_config_last_reload_successful')).toBe(1);
    expect(await metric('postern_sessions_active{idp="corp"}')).toBe(1);
  });
});

describe('kill -9 of one worker', () => {
  test('ends its own connections alone, and another takes its place', async () => {
    const { world } = all;
    const series = 'postern_http_requests_total{route="dashboard",code_class="2xx",origin="upstream",client="script"}';
    const sockets = [];
    for (let count = 0; count < 3; count += 1) {
      const socket = await openWebSocket(world, browser, world.url('dashboard'));
      await socket.next();
      sockets.push(socket);
    }
    const { workers } = await all.until('each has a stream', (now) =>
      now.workers.every(({ streams }) => streams === 1),
    );
    const counted = await metric(series);
    const victim = Number(workers[1]?.pid);
    process.kill(victim, 'SIGKILL');
    const after = await all.until(
      'it serves again',
      (now) => now.workers[1]?.restarts === 1 && now.workers[1].state === 'serving',
    );
    expect(after.workers.map(({ restarts, last_end }) => [restarts, last_end])).toEqual([
      [0, null],
      [1, 'SIGKILL'],
      [0, null],
    ]);
    expect(after.workers.map(({ streams }) => streams)).toEqual([1, 0, 1]);
    const open = sockets.filter(({ socket }) => socket.readyState === socket.OPEN);
    expect(open).toHaveLength(2);
    for (const { socket, next } of open.map((one) => ({ socket: one.socket, next: one.next }))) {
      socket.send('still here');
      expect(await next()).toBe('echo still here');
      socket.terminate();
    }
    expect(isAlive(victim)).toBe(false);
    expect(await metric(series)).toBeGreaterThanOrEqual(counted);
    expect((await browser.send(world.url('dashboard'))).status).toBe(200);
  }, 60_000);

  test('one that is told to end finishes what it began, and another takes its place', async () => {
    const before = await all.status();
    process.kill(Number(before.workers[2]?.pid), 'SIGTERM');
    const after = await all.until(
      'it serves again',
      (now) => now.workers[2]?.restarts === 1 && now.workers[2].state === 'serving',
    );
    expect(after.workers[2]?.last_end).toBe('exit code 0');
    expect((await browser.send(all.world.url('dashboard'))).status).toBe(200);
  }, 60_000);

  test('and after all of it, an orderly stop leaves a trail without a break', async () => {
    const pids = await pidsOf();
    const { world, program } = all;
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    const env = {
      STATE_KEY: 'a-state-key-of-more-than-thirty-two-characters',
      ADMIN_TOKEN: world.adminToken,
      CLIENT_SECRET: world.provider.clientSecret,
    };
    const verify = startProcess(['audit', 'verify', join(world.folder, 'audit'), '-c', world.file], env, world.folder);
    const code = await verify.exited;
    expect([code, verify.stderr()]).toEqual([0, expect.any(String)]);
  }, 60_000);
});

function sum(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
