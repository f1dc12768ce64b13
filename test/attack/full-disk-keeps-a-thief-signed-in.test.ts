import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { signOut } from '../support/attack-sign-in.ts';
import { fillState, fullDiskBytes } from '../support/full-disk.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { buildProgram, type ProgramProcess, startProcess } from '../support/program-process.ts';
import { type KeptConnection, keepConnection } from '../support/worker-world.ts';
import { freePort, type OutsideGround, startWorld, type World } from '../support/world.ts';

const workers = 2;
let stop: (() => Promise<void>) | undefined;

beforeAll(() => buildProgram(), 120_000);
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

interface Stage {
  readonly world: World;
  readonly state: string;
  program(): ProgramProcess;
  /** Kills every process and starts the program again. */
  restart(): Promise<void>;
  start(): ProgramProcess;
}

async function setStage(): Promise<Stage> {
  const adminPort = await freePort();
  let ground: OutsideGround | undefined;
  let program: ProgramProcess | undefined;
  const start = (): ProgramProcess => {
    if (ground === undefined) throw new Error('There is no ground yet.');
    program = startProcess(['run', '-c', ground.file], ground.env, ground.folder, { fileBytes: fullDiskBytes });
    return program;
  };
  const world = await startWorld({
    server: `  workers: ${workers}\n`,
    edit: (yaml) => yaml.replace('listen: "127.0.0.1:0"', `listen: "127.0.0.1:${adminPort}"`),
    async startOutside(given) {
      ground = given;
      const { tls_port } = await start().line('Postern is serving.');
      return { tlsPort: Number(tls_port), plainPort: undefined, adminPort };
    },
  });
  const running = (): ProgramProcess => {
    if (program === undefined) throw new Error('The program was not started.');
    return program;
  };
  const kill = async () => {
    running().child.kill('SIGKILL');
    await running().exited;
  };
  stop = async () => {
    await kill();
    await world.close();
  };
  return {
    world,
    state: join(world.folder, 'state.db'),
    program: running,
    start,
    async restart() {
      await kill();
      await start().line('Postern is serving.');
    },
  };
}

async function signIn(world: World, person: string): Promise<HttpBrowser> {
  const browser = world.browser();
  await world.signIn(browser, world.url('dashboard'), person);
  return browser;
}

/** One connection to each worker: they are handed round. */
async function connectToAll(world: World, browser: HttpBrowser): Promise<readonly KeptConnection[]> {
  const connections: KeptConnection[] = [];
  for (let index = 0; index < workers; index += 1) {
    connections.push(await keepConnection(world, browser, world.url('dashboard')));
    await connections.at(-1)?.ask();
  }
  return connections;
}

const answers = async (connections: readonly KeptConnection[]) =>
  (await Promise.all(connections.map((connection) => connection.ask()))).map((one) => one?.code ?? one?.status);

async function sessionOf(world: World, email: string): Promise<string> {
  const { sessions } = JSON.parse((await world.admin('/api/v1/sessions')).body);
  return sessions.find((one: { email: string }) => one.email === email).id;
}

async function call(world: World, method: string, path: string, body?: unknown) {
  const answer = await world.admin(path, { method, ...(body === undefined ? {} : { body }) });
  return { status: answer.status, ...JSON.parse(answer.body) };
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`It did not come to pass that ${what}.`);
    await delay(20);
  }
}

function tombstones(path: string): readonly string[] {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  const rows = database.prepare("SELECT key FROM tombstones WHERE kind = 'session'").all();
  database.close();
  return rows.map(({ key }) => String(key));
}

describe('on a disk that takes nothing', () => {
  test('an ended session and a locked person are out in every worker, and after a restart', async () => {
    const { world, state, program, restart, start } = await setStage();
    const [ada, lin] = [await signIn(world, 'ada'), await signIn(world, 'lin')];
    const kim = await signIn(world, 'kim');
    const [adas, lins] = [await connectToAll(world, ada), await connectToAll(world, lin)];
    const id = await sessionOf(world, 'ada@corp.example');
    const makeRoom = fillState(state);

    const ready = await call(world, 'GET', '/readyz');
    expect(ready).toMatchObject({ status: 'not_ready', checks: { state: 'failed', workers: 'failed', audit: 'ok' } });
    expect(ready.failures).toContainEqual({ check: 'state', reason: 'not_writable', since: expect.any(String) });
    expect(await call(world, 'DELETE', `/api/v1/sessions/${id}`)).toMatchObject({
      status: 200,
      ended: true,
      durable: true,
      kept_in: 'reserve',
      confirmed: { workers, workers_killed: 0 },
    });
    expect(await answers(adas)).toEqual(['session_revoked', 'session_revoked']);
    const lock = await call(world, 'PUT', '/api/v1/locks/person/lin@corp.example', { reason: 'incident' });
    expect(lock).toMatchObject({ status: 200, durable: true, kept_in: 'reserve', sessions_ended: 1 });
    expect(await answers(lins)).toEqual(['session_revoked', 'session_revoked']);
    expect(program().stdout()).toContain(`The state file ${state} cannot be written`);
    expect((await call(world, 'GET', '/api/v1/sessions')).sessions).toHaveLength(1);
    // In a worker, and looked at in the process of the admin listener.
    await signOut(world, kim);
    expect((await call(world, 'GET', '/api/v1/sessions')).sessions).toEqual([]);
    expect((await kim.send(world.url('auth'))).headers.location).toContain('/.postern/login');

    program().child.kill('SIGKILL');
    await program().exited;
    const refused = start();
    expect(await refused.exited).toBe(3);
    expect(refused.stderr()).toContain(`Postern could not start: The state file ${state} cannot be written`);

    makeRoom();
    await restart();
    const again = [await connectToAll(world, ada), await connectToAll(world, lin)].flat();
    expect(new Set(await answers(again))).toEqual(new Set(['session_revoked']));
    const page = await world.signIn(world.browser(), world.url('dashboard'), 'lin');
    expect([page.status, page.body]).toEqual([403, expect.stringContaining('paused')]);
    await until('the end is in the state', () => tombstones(state).includes(id));
    await until('it is ready', async () => (await world.admin('/readyz')).status === 200);
    expect((await call(world, 'GET', '/api/v1/locks')).total).toBe(1);
  }, 120_000);

  test('without a reserve it holds in every worker, also in one that starts later; a restart serves no session of before', async () => {
    const { world, state, restart } = await setStage();
    const [ada, lin] = [await signIn(world, 'ada'), await signIn(world, 'lin')];
    const [adas, lins] = [await connectToAll(world, ada), await connectToAll(world, lin)];
    const id = await sessionOf(world, 'ada@corp.example');
    const makeRoom = fillState(state);
    rmSync(`${state}-reserve`);

    expect(await call(world, 'DELETE', `/api/v1/sessions/${id}`)).toMatchObject({
      status: 200,
      durable: false,
      kept_in: 'memory',
      confirmed: { workers_killed: 0 },
    });
    expect(await answers(adas)).toEqual(['session_revoked', 'session_revoked']);
    expect(await answers(lins)).toEqual([200, 200]);
    makeRoom();
    await until('the end is in the state', () => tombstones(state).includes(id));

    const makeRoomAgain = fillState(state);
    rmSync(`${state}-reserve`, { force: true });
    const lins2 = await sessionOf(world, 'lin@corp.example');
    expect(await call(world, 'DELETE', `/api/v1/sessions/${lins2}`)).toMatchObject({ kept_in: 'memory' });
    expect(await answers(lins)).toEqual(['session_revoked', 'session_revoked']);
    const kim = await signIn(world, 'kim').catch(() => undefined);
    expect(kim === undefined || kim.cookiesOf('dashboard.localhost').has('__Host-postern')).toBe(false);
    makeRoomAgain();
    await restart();
    const after = await connectToAll(world, lin);
    for (const answer of await answers(after)) expect(answer).not.toBe(200);
  }, 120_000);
});
