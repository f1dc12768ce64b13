import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const hosts = ['wiki', 'dashboard', 'payroll', 'console', 'auth'];

describe('a cookie that was stolen at one host', () => {
  let world: World;
  let owner: HttpBrowser;
  beforeAll(async () => {
    world = await startWorld();
    owner = world.browser();
    await world.signIn(owner, world.url('wiki'), 'ada');
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  test('an app’s credential opens no other app, not the sign-in host, and not under another name', async () => {
    const stolen = owner.cookie('wiki.localhost', '__Host-postern');
    for (const host of hosts.filter((name) => name !== 'wiki')) {
      for (const name of ['__Host-postern', '__Host-postern-sso', '__Host-postern-attempt']) {
        const thief = world.browser();
        thief.setCookie(`${host}.localhost`, name, stolen);
        expect([302, 303]).toContain((await thief.send(world.url(host))).status);
      }
    }
    expect(world.app.seen).toEqual([]);
  });

  test('the single sign-on cookie is no credential at an app', async () => {
    const stolen = owner.cookie('auth.localhost', '__Host-postern-sso');
    for (const host of ['wiki', 'dashboard']) {
      const thief = world.browser();
      thief.setCookie(`${host}.localhost`, '__Host-postern', stolen);
      thief.setCookie(`${host}.localhost`, '__Host-postern-sso', stolen);
      expect((await thief.send(world.url(host))).status).toBe(302);
    }
    expect(world.app.seen).toEqual([]);
  });

  test('the attempt cookie opens nothing by itself', async () => {
    const stolen = owner.cookie('wiki.localhost', '__Host-postern-attempt');
    const thief = world.browser();
    thief.setCookie('wiki.localhost', '__Host-postern-attempt', stolen);
    thief.setCookie('wiki.localhost', '__Host-postern', stolen);
    expect((await thief.send(world.url('wiki'))).status).toBe(302);
  });

  test('the app never sees it, whatever spelling it comes in', async () => {
    // What the thieves above tried has made the owner's own session suspect.
    const calm = world.browser();
    await world.signIn(calm, world.url('wiki'), 'ada');
    world.app.seen.length = 0;
    const stolen = calm.cookie('wiki.localhost', '__Host-postern') ?? '';
    const cookie = `a=1; __Host-postern=${stolen}; __HOST-POSTERN=${stolen}; =__Host-postern=${stolen};__Host-postern-x=${stolen}; b=2`;
    const answer = await calm.send(world.url('wiki'), { headers: { cookie } });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(world.app.seen)).not.toContain(stolen);
    expect(world.app.seen[0]?.headers.cookie?.replaceAll(' ', '')).toBe('a=1;b=2');
  });
});
