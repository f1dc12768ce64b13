import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { clientKinds } from '../support/client-kinds.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { type ShiftedClock, shiftClock } from '../support/shifted-clock.ts';
import { startWorld, type World } from '../support/world.ts';

let clock: ShiftedClock;
let world: World;
beforeAll(async () => {
  clock = shiftClock();
  world = await startWorld({
    clock,
    // An address that the person may try: none of it may help.
    extra: 'break_glass: [lin@corp.example]',
  });
});
afterAll(() => world?.close());

let lin: HttpBrowser;
beforeEach(async () => {
  await world.admin('/api/v1/locks/person/lin@corp.example', { method: 'DELETE' });
  clock.advance(1_000);
  lin = world.browser();
  const page = await world.signIn(lin, world.url('dashboard'), 'lin');
  expect(page.status).toBe(200);
});

const lock = async (kind: string, which: string) => {
  const { status } = await world.admin(`/api/v1/locks/${kind}/${which}`, { method: 'PUT', body: { reason: 'INC-1' } });
  expect(status).toBe(200);
};
const ask = async (browser: HttpBrowser, host = 'dashboard') => {
  const { status, body } = await browser.send(world.url(host), { headers: clientKinds.script });
  return [status, body.startsWith('{') ? JSON.parse(body).code : undefined];
};

test('a locked person does not come back with a new sign-in, a second factor or another browser, nor for being break_glass', async () => {
  await lock('person', 'lin@corp.example');
  for (const browser of [lin, world.browser(), world.browser('lin-laptop')]) {
    clock.advance(1_000);
    const page = await world.signIn(browser, world.url('dashboard'), 'lin');
    expect([page.status, page.body.includes('account_locked')]).toEqual([403, true]);
    expect((await ask(browser))[0]).toBe(401);
  }
  const { sessions } = JSON.parse((await world.admin('/api/v1/sessions?user=lin@corp.example')).body);
  expect(sessions).toEqual([]);
});

test('a session that is locked opens no other app, mints no credential that works, and is no way to a public route', async () => {
  const { sessions } = JSON.parse((await world.admin('/api/v1/sessions?user=lin@corp.example')).body);
  await lock('session', sessions[0].id);
  expect(await ask(lin)).toEqual([403, 'account_locked']);
  const wiki = await lin.open(world.url('wiki'));
  expect([wiki.status, wiki.body.includes('account_locked')]).toEqual([403, true]);
});

test('a locked route answers nobody: not signed in, not over another method, not as a preflight, not below a path', async () => {
  await lock('route', 'public');
  const before = world.app.seen.length;
  const stranger = world.browser();
  expect(await ask(stranger, 'public')).toEqual([403, 'account_locked']);
  expect(await ask(lin, 'public')).toEqual([403, 'account_locked']);
  for (const [method, path] of [
    ['POST', '/'],
    ['GET', '/a/b'],
    ['OPTIONS', '/'],
  ] as const) {
    const { status } = await stranger.send(world.url('public', path), {
      method,
      headers: { ...clientKinds.script, origin: world.url('public').slice(0, -1) },
    });
    expect(status).toBe(403);
  }
  expect(world.app.seen.length).toBe(before);
  expect((await world.admin('/api/v1/locks/route/public', { method: 'DELETE' })).status).toBe(200);
});

test('setting the clock back does not end a lock that has a time', async () => {
  const body = { reason: 'INC-2', seconds: 3_600 };
  await world.admin('/api/v1/locks/route/dashboard', { method: 'PUT', body });
  clock.advance(-1_800_000);
  expect(await ask(lin)).toEqual([403, 'account_locked']);
  clock.advance(1_800_000);
  await world.admin('/api/v1/locks/route/dashboard', { method: 'DELETE' });
});
