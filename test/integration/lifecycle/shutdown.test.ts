import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import { openFeed, openWebSocket } from '../../support/live-connections.ts';
import { buildProgram, type ProgramProcess, startProcess } from '../../support/program-process.ts';
import { freePort, startWorld, type World } from '../../support/world.ts';

beforeAll(() => buildProgram(), 120_000);

let world: World | undefined;
let running: ProgramProcess | undefined;

/** A world whose Postern is the built program in a process of its own. */
async function startOutside(): Promise<{ readonly world: World; readonly program: ProgramProcess }> {
  let program: ProgramProcess | undefined;
  world = await startWorld({
    extra: 'break_glass: [ada@corp.example]',
    async startOutside({ file, env, folder }) {
      program = startProcess(['run', '-c', file], env, folder);
      running = program;
      const { tls_port, admin_port } = await program.line('Postern is serving.');
      return { tlsPort: Number(tls_port), plainPort: undefined, adminPort: Number(admin_port) };
    },
  });
  if (program === undefined) throw new Error('The program was not started.');
  return { world, program };
}

afterEach(async () => {
  running?.child.kill('SIGKILL');
  await running?.exited;
  await world?.close();
  [world, running] = [undefined, undefined];
});

/** Every line is one JSON object; answers them. */
function linesOf(program: ProgramProcess): readonly Readonly<Record<string, unknown>>[] {
  const lines = program.stdout().split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line));
}

describe('SIGTERM', () => {
  test('lets a running request finish, closes WebSockets and event streams, refuses new connections, ends with 0', async () => {
    const { world, program } = await startOutside();
    const browser = world.browser();
    await world.signIn(browser, world.url('dashboard'), 'ada');
    const socket = await openWebSocket(world, browser, world.url('dashboard'));
    await socket.next();
    const held = Promise.withResolvers<ServerResponse>();
    world.app.answer = (request, response) => {
      if (request.url === '/feed')
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      else held.resolve(response);
    };
    const feed = await openFeed(world, browser, world.url('dashboard', '/feed'));
    await feed.next();
    const slow = browser.send(world.url('dashboard', '/slow'), { headers: clientKinds.script });
    const response = await held.promise;

    program.child.kill('SIGTERM');
    await program.line('Stopping');
    await refused(Number(world.addresses.tlsPort));
    expect(socket.socket.readyState).toBe(socket.socket.OPEN);
    expect(JSON.parse((await world.admin('/readyz')).body).status).toBe('not_ready');

    response.writeHead(200, { 'content-type': 'text/plain' }).end('worth waiting for');
    const answer = await slow;
    expect([answer.status, answer.body, answer.headers.connection]).toEqual([200, 'worth waiting for', 'close']);
    expect([await socket.closed, await feed.over]).toEqual([1006, 'cut']);
    expect(await program.exited).toBe(0);
    expect(linesOf(program).at(-1)).toMatchObject({ msg: 'Stopped.' });
    expect(program.stderr()).toBe('');
    expect(lastEventsAreWritten(world)).toBe(true);
  }, 60_000);

  test('a second one ends the program at once with 1', async () => {
    const { world, program } = await startOutside();
    const browser = world.browser();
    await world.signIn(browser, world.url('dashboard'), 'ada');
    const reached = Promise.withResolvers<void>();
    world.app.answer = () => reached.resolve();
    const never = browser.send(world.url('dashboard', '/never')).catch((error: { code?: string }) => error.code);
    await reached.promise;
    program.child.kill('SIGTERM');
    await program.line('Stopping');
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(1);
    expect(await never).toBe('ECONNRESET');
  }, 60_000);

  test('an idle program stops at once, also with a connection that has never sent a byte', async () => {
    const { world, program } = await startOutside();
    const idle = connect(Number(world.addresses.tlsPort), '127.0.0.1');
    idle.on('error', () => undefined);
    await once(idle, 'connect');
    program.child.kill('SIGINT');
    expect(await program.exited).toBe(0);
    idle.destroy();
  }, 60_000);
});

describe('the log', () => {
  test('is one JSON object a line, and no secret is in it or in the audit trail', async () => {
    const { world, program } = await startOutside();
    const browser = world.browser('ada-laptop');
    await world.signIn(browser, world.url('wiki', '/a?token=query-string-secret'), 'ada', 'password');
    await world.signIn(browser, world.url('payroll'), 'ada');
    await browser.open(world.url('console'));
    await world.admin('/api/v1/sessions');
    await world.admin('/api/v1/sessions', { token: 'a-wrong-admin-token-of-enough-characters' });
    await world.browser().send(world.url('wiki', '/.postern/accept?ticket=a-ticket-that-is-not-one'));
    world.provider.misbehaviour.isDead = true;
    await world
      .browser()
      .open(world.url('wiki'))
      .catch(() => undefined);
    const cookies = ['wiki', 'payroll', 'auth'].flatMap((host) => [...browser.cookiesOf(`${host}.localhost`).values()]);
    const codes = world.provider.requests.flatMap((path) => [...new URL(path, 'http://x').searchParams.values()]);
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    linesOf(program);
    const written = program.stdout() + program.stderr() + auditText(world);
    const secrets = [
      world.provider.clientSecret,
      'a-state-key-of-more-than-thirty-two-characters',
      world.adminToken,
      'a-wrong-admin-token',
      'a-ticket-that-is-not-one',
      'query-string-secret',
      ...cookies.flatMap((value) => [
        value,
        decodeURIComponent(value),
        decodeURIComponent(value).split('.')[0] ?? value,
      ]),
      // State, nonce, challenge and the like: whatever is long enough to be a secret.
      ...codes.filter((value) => /^[\w-]{40,}$/.test(value)),
    ];
    expect(secrets.filter((secret) => secret.length >= 16 && written.includes(secret))).toEqual([]);
  }, 60_000);
});

describe('a program that cannot start', () => {
  async function run(change: (text: string) => string) {
    const { world, program } = await startOutside();
    const text = readFileSync(join(world.folder, 'postern.yaml'), 'utf8');
    const file = join(world.folder, 'other.yaml');
    writeFileSync(file, change(text).replace('state.db', 'other.db').replace('path: audit', 'path: other-audit'));
    const env = {
      ADMIN_TOKEN: world.adminToken,
      STATE_KEY: 'a-state-key-of-more-than-thirty-two-characters',
      CLIENT_SECRET: world.provider.clientSecret,
    };
    const second = startProcess(['run', '-c', file], env, world.folder);
    const code = await second.exited;
    program.child.kill('SIGKILL');
    return { code, stdout: second.stdout(), stderr: second.stderr() };
  }

  test('because its port is taken says so in one sentence and ends with 3', async () => {
    const { code, stdout, stderr } = await run((text) => text);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^Postern could not start: Port \d+ on 127\.0\.0\.1 is taken by another program\.[^\n]*\n$/);
    expect(stdout).not.toContain('Postern is serving.');
  }, 60_000);

  test('because the admin port is taken says so in one sentence and ends with 3', async () => {
    const taken = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
    const { code, stderr } = await run((text) => text.replace('listen: "127.0.0.1:0"', `listen: "127.0.0.1:${port}"`));
    taken.close();
    expect(code).toBe(3);
    expect(stderr).toMatch(/^Postern could not start: Port \d+ on 127\.0\.0\.1 is taken[^\n]*\n$/);
  }, 60_000);

  test('because the configuration has errors lists them and ends with 1', async () => {
    const { code, stderr } = await run((text) => text.replace('allow_websockets: true', 'allow_websocket: true'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/other\.yaml:\d+:\d+: error\[P\d+\]/);
    expect(stderr).toContain('allow_websockets');
    expect(stderr).not.toContain('    at ');
  }, 60_000);

  test('because the file is not there ends with 3', async () => {
    const program = startProcess(['run', '-c', '/nowhere/postern.yaml'], {}, '/');
    expect(await program.exited).toBe(3);
    expect(program.stderr()).not.toContain('    at ');
  }, 60_000);

  test('because the state cannot be opened says so in one sentence and ends with 3', async () => {
    const { code, stderr } = await run((text) => text.replace('path: state.db', 'path: /proc/state.db'));
    expect(code).toBe(3);
    expect(stderr).toMatch(/^Postern could not start: [^\n]*\n$/);
  }, 60_000);
});

/** Resolves once connections are refused; one that slips in between the log line and the end of listening is reset. */
async function refused(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const code = await new Promise<string | undefined>((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.once('close', () => resolve(undefined));
      socket.once('connect', () => socket.destroy());
    });
    if (code === 'ECONNREFUSED') return;
  }
}

function auditText({ folder }: World): string {
  return readdirSync(join(folder, 'audit'))
    .map((name) => readFileSync(join(folder, 'audit', name), 'utf8'))
    .join('');
}

function lastEventsAreWritten(one: World): boolean {
  const text = auditText(one);
  return text.includes('/slow') && text.includes('/feed');
}
