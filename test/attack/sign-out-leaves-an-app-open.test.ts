import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signOut } from '../support/attack-sign-in.ts';
import { cookieLine, getBytes, openSocket } from '../support/attack-socket.ts';
import { startWorld, type World } from '../support/world.ts';

describe('after a sign-out', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test('no app is open, no old cookie opens one, and every open WebSocket is closed', async () => {
    const browser = world.browser();
    const hosts = ['wiki', 'dashboard', 'payroll'];
    for (const host of hosts) await world.signIn(browser, world.url(host), 'ada');
    const kept = new Map(['auth', ...hosts].map((host) => [host, new Map(browser.cookiesOf(`${host}.localhost`))]));
    const lines = [cookieLine(browser, 'dashboard'), 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    const bytes = getBytes(world, 'dashboard', '/', [...lines, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']);
    const socket = await openSocket(world, 'dashboard');
    socket.on('error', () => undefined);
    socket.write(bytes.replace('Connection: close', 'Connection: Upgrade'));
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 101/);
    const closed = once(socket, 'close');
    await signOut(world, browser);
    await closed;
    world.app.seen.length = 0;
    const thief = world.browser();
    for (const [host, cookies] of kept)
      for (const [name, value] of cookies) thief.setCookie(`${host}.localhost`, name, value);
    for (const one of [browser, thief]) {
      for (const host of hosts) expect((await one.send(world.url(host))).status).toBe(302);
      expect((await one.send(world.url('auth'))).headers.location).toContain('/.postern/login');
    }
    expect(world.app.seen).toEqual([]);
  });

  test('by another site nobody is signed out: neither by a link, nor by a form, nor with the token of another', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    const other = world.browser();
    await world.signIn(other, world.url('wiki'), 'lin');
    const form = await other.open(world.url('auth', '/.postern/sign-out'));
    const token = /name="token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="token"/.exec(form.body);
    const theirs = token?.[1] ?? token?.[2] ?? '';
    expect(theirs).not.toBe('');
    for (const host of ['auth', 'wiki']) await browser.open(world.url(host, '/.postern/sign-out'));
    for (const body of [
      '',
      'token=',
      `token=${encodeURIComponent(theirs)}`,
      `token=a&token=${encodeURIComponent(theirs)}`,
    ]) {
      for (const site of ['cross-site', 'same-site', 'same-origin', 'none']) {
        const headers = {
          'content-type': 'application/x-www-form-urlencoded',
          'sec-fetch-site': site,
          origin: 'https://evil.example',
        };
        await browser.send(world.url('auth', '/.postern/sign-out'), { method: 'POST', body, headers });
      }
    }
    expect((await browser.send(world.url('wiki'))).status).toBe(200);
  });
});
