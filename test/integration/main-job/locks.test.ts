import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { openFeed, openWebSocket } from '../../support/live-connections.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';
import { askServer } from '../../support/world-commands.ts';

let clock: ShiftedClock;
let world: World;
beforeAll(async () => {
  clock = shiftClock();
  world = await startWorld({ clock, session: '{ expiration: 12h, inactivity: 12h, recheck: 1h }' });
});
afterAll(() => world?.close());

/** A command, as an administrator types it. */
const postern = (...args: readonly string[]) => askServer(world, args);

async function signedIn(person: 'ada' | 'lin', device?: string): Promise<HttpBrowser> {
  const browser = world.browser(device);
  await world.signIn(browser, world.url('dashboard'), person);
  return browser;
}

/** What a script of the app is told. */
async function ask(browser: HttpBrowser, host = 'dashboard') {
  const { status, body } = await browser.send(world.url(host), { headers: clientKinds.script });
  const { code, detail, retry_after } = body.startsWith('{') ? JSON.parse(body) : {};
  return { status, code, detail, retry_after };
}

async function sessionOf(person: string): Promise<string> {
  const { sessions } = JSON.parse((await world.admin(`/api/v1/sessions?user=${person}@corp.example`)).body);
  return sessions.at(-1).id;
}

describe('a lock', () => {
  test('of a person ends what they have, keeps them from signing in, and says until when and why', async () => {
    const [lin, ada] = [await signedIn('lin'), await signedIn('ada')];
    const [live, other] = [
      await openWebSocket(world, lin, world.url('dashboard')),
      await openWebSocket(world, ada, world.url('dashboard')),
    ];
    expect([await live.next(), await other.next()]).toEqual(['hello', 'hello']);
    const words = ['--reason', 'INC-812', '--message', 'Call the helpdesk: 123.', '--for', '24h'];
    const locked = await postern('lock', '--user', 'lin@corp.example', ...words);
    expect(locked).toMatchObject({ code: 0, stderr: '' });
    expect(locked.stdout).toMatch(
      /^locked lin@corp\.example until \S+\nended \d+ sessions?, closed 1 stream, confirmed by 1 worker in [\d.]+ ms\n$/,
    );
    expect([await live.closed, (await live.reason).code]).toEqual([3003, 'account_locked']);
    expect((await ask(lin)).status).toBe(401);
    const page = await world.signIn(world.browser(), world.url('dashboard'), 'lin');
    expect(page.status).toBe(403);
    expect(page.body).toContain('The pause ends: ');
    expect(page.body).toContain('Call the helpdesk: 123.');
    expect(page.body).not.toContain('INC-812');
    expect((await ask(ada)).status).toBe(200);
    other.socket.send('still here');
    expect(await other.next()).toBe('echo still here');
    other.socket.close();
    await other.closed;

    clock.advance(25 * 3_600_000);
    const again = world.browser();
    await world.signIn(again, world.url('dashboard'), 'lin');
    expect((await ask(again)).status).toBe(200);
  });

  test('of a session pauses that one; lifted, it goes on', async () => {
    const lin = await signedIn('lin');
    const id = await sessionOf('lin');
    const other = await signedIn('lin');
    world.app.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: hello\n\n');
    };
    const feed = await openFeed(world, lin, world.url('dashboard', '/events'));
    expect(await feed.next()).toContain('hello');
    world.app.answer = undefined;
    expect((await postern('lock', '--session', id, '--reason', 'looks odd')).stdout).toContain('closed 1 stream');
    await feed.over;
    expect(await ask(lin)).toMatchObject({ status: 403, code: 'account_locked' });
    expect((await ask(other)).status).toBe(200);
    const portal = await lin.open(world.url('auth', '/'));
    expect([portal.status, portal.headers['proxy-status']]).toEqual([403, expect.stringContaining('account_locked')]);
    expect(await postern('unlock', '--session', id)).toMatchObject({ code: 0 });
    expect((await ask(lin)).status).toBe(200);
  });

  test('of a device is a no for whoever uses it, and for nobody else', async () => {
    const [onLaptop, elsewhere] = [await signedIn('ada', 'ada-laptop'), await signedIn('ada')];
    await postern('lock', '--device', 'ada-laptop', '--reason', 'stolen', '--for', '10m');
    expect(await ask(onLaptop)).toMatchObject({ status: 403, code: 'account_locked', retry_after: 600 });
    expect((await ask(elsewhere)).status).toBe(200);
    await postern('unlock', '--device', 'ada-laptop');
    expect((await ask(onLaptop)).status).toBe(200);
  });

  test('of a route closes it to everybody, survives a restart, and is listed until it is lifted', async () => {
    const ada = await signedIn('ada');
    await postern('lock', '--route', 'dashboard', '--reason', 'the app leaks', '--message', 'Back at noon.');
    expect(await ask(ada)).toMatchObject({
      status: 403,
      code: 'account_locked',
      detail: expect.stringContaining('Back at noon.'),
    });
    await world.restart();
    expect(await ask(ada)).toMatchObject({ status: 403, code: 'account_locked' });
    const listed = await postern('locks');
    expect(listed.stdout).toMatch(/route +dashboard +lifted +admin +\S+ +the app leaks/);
    expect((await postern('unlock', '--route', 'dashboard')).code).toBe(0);
    expect((await ask(ada)).status).toBe(200);
    expect((await postern('locks')).stderr).toBe('0 locks.\n');
  });

  test('is in the audit trail, and so is the lifting, with the stated reason', async () => {
    await postern('lock', '--device', 'lin-laptop', '--reason', 'for the trail');
    await postern('unlock', '--device', 'lin-laptop');
    const folder = `${world.folder}/audit`;
    const lines = readdirSync(folder).flatMap((name) =>
      readFileSync(`${folder}/${name}`, 'utf8').split('\n').slice(0, -1),
    );
    expect(lines.some((line) => line.includes('"lock_set"') && line.includes('for the trail'))).toBe(true);
    expect(lines.some((line) => line.includes('"lock_lifted"') && line.includes('lin-laptop'))).toBe(true);
  });

  test.each<[string, readonly string[], number, string]>([
    ['nobody known', ['--user', 'nobody@corp.example', '--reason', 'x'], 3, 'Nobody who has signed in'],
    ['an unknown route', ['--route', 'nowhere', '--reason', 'x'], 3, 'No route has this name'],
    ['an ended session', ['--session', 'ses_01JX3V8K0000000000000000AB', '--reason', 'x'], 3, 'No session has this id'],
    ['two targets', ['--route', 'wiki', '--device', 'd', '--reason', 'x'], 2, 'Name one of'],
    ['no target', ['--reason', 'x'], 2, 'Name one of'],
    ['an empty reason', ['--route', 'wiki', '--reason', ''], 3, 'reason'],
  ])('is refused for %s, and nothing is locked', async (_what, args, code, says) => {
    const answer = await postern('lock', ...args);
    expect([answer.code, answer.stdout]).toEqual([code, '']);
    expect(answer.stderr).toContain(says);
    expect((await postern('locks')).stderr).toBe('0 locks.\n');
  });

  test('that is not there cannot be lifted', async () => {
    expect(await postern('unlock', '--route', 'wiki')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('locked'),
    });
  });
});

test('postern people: shows since when somebody is revoked, and lets them back in, with the reason in the trail', async () => {
  await signedIn('lin');
  await postern('lock', '--user', 'lin@corp.example', '--reason', 'laptop lost');
  await postern('unlock', '--user', 'lin@corp.example');
  const shown = await postern('people', 'show', 'lin@corp.example');
  expect(shown.stdout).toMatch(/revoked_at: +20\d\d-.*\nRevoked: only a sign-in/s);
  expect((await postern('people', 'forgive', 'lin@corp.example')).code).toBe(2);
  const forgiven = await postern('people', 'forgive', 'lin@corp.example', '--reason', 'laptop found');
  expect(forgiven).toMatchObject({ code: 0, stdout: 'forgave 1 person\n', stderr: '' });
  expect((await postern('people', 'show', 'lin')).stdout).toContain('Not revoked.');
  const again = await postern('people', 'forgive', 'lin@corp.example', '--reason', 'again');
  expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining('nothing to forgive') });
  expect((await postern('people', 'show', 'nobody')).code).toBe(3);

  await postern('lock', '--user', 'lin@corp.example', '--reason', 'laptop lost again');
  await postern('unlock', '--user', 'lin@corp.example');
  await world.admin('/api/v1/people/lin', { method: 'DELETE' });
  const { issuer } = world.provider;
  const unknown = await postern('people', 'forgive', 'lin', '--reason', 'known no more', '--issuer', issuer);
  expect(unknown).toMatchObject({ code: 0, stdout: 'forgave 1 person\n' });
  const folder = `${world.folder}/audit`;
  const lines = readdirSync(folder).flatMap((name) => readFileSync(`${folder}/${name}`, 'utf8').split('\n'));
  for (const reason of ['laptop found', 'known no more']) {
    expect(lines.filter((line) => line.includes('people.forgive') && line.includes(reason))).toHaveLength(1);
  }
});

test('postern sessions: lists, shows and ends, and says what that closed', async () => {
  const lin = await signedIn('lin');
  const live = await openWebSocket(world, lin, world.url('dashboard'));
  const id = await sessionOf('lin');
  expect((await postern('sessions', 'list', '--user', 'lin@corp.example')).stdout).toContain(id);
  expect((await postern('sessions', 'show', id)).stdout).toContain('lin@corp.example');
  const ended = await postern('sessions', 'end', id, '--reason', 'INC-813', '--yes');
  expect(ended.stdout).toMatch(/^ended 1, closed 1, confirmed by 1 worker in [\d.]+ ms\. {3}Still able to sign in\./);
  expect((await live.reason).code).toBe('session_revoked');
  expect((await ask(lin)).code).toBe('session_revoked');
  expect((await postern('sessions', 'show', id)).code).toBe(3);
});
