import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

describe('a callback', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  /** Signs in at the provider and stops before the callback is opened. */
  async function callbackOf(browser: HttpBrowser, person: string, host = 'wiki'): Promise<string> {
    let answer = await browser.send(world.url(host));
    while (!(answer.headers.location ?? '').includes('/interaction/')) {
      answer = await browser.send(new URL(answer.headers.location ?? '', answer.url).href);
    }
    const form = new URL(answer.headers.location ?? '', answer.url).href;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    answer = await browser.send(form, { method: 'POST', body: `login=${person}`, headers });
    while (!(answer.headers.location ?? '').includes('/.postern/callback')) {
      answer = await browser.send(new URL(answer.headers.location ?? '', answer.url).href);
    }
    return answer.headers.location ?? '';
  }

  async function isSignedIn(browser: HttpBrowser): Promise<boolean> {
    return (await browser.send(world.url('wiki'))).status === 200;
  }

  test('with any one letter of its state changed signs nobody in, and the true one still does', async () => {
    const browser = world.browser();
    const callback = new URL(await callbackOf(browser, 'ada'));
    const state = callback.searchParams.get('state') ?? '';
    for (const at of [0, Math.floor(state.length / 2), state.length - 1]) {
      const altered = new URL(callback);
      const letter = state[at] === 'A' ? 'B' : 'A';
      altered.searchParams.set('state', state.slice(0, at) + letter + state.slice(at + 1));
      await browser.open(altered.href);
      expect(await isSignedIn(browser)).toBe(false);
    }
    expect((await browser.open(callback.href)).status).toBe(200);
  });

  test('opened in another browser signs neither in there nor away here', async () => {
    const attacker = world.browser();
    const callback = await callbackOf(attacker, 'lin');
    const victim = world.browser();
    const answer = await victim.open(callback);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await isSignedIn(victim)).toBe(false);
    expect((await attacker.open(callback)).status).toBe(200);
  });

  test('opened in a browser that is on its own way signs in nobody else', async () => {
    const attackers = await callbackOf(world.browser(), 'lin');
    const victim = world.browser();
    const own = await callbackOf(victim, 'ada');
    await victim.open(attackers);
    expect(await isSignedIn(victim)).toBe(false);
    const page = await victim.open(own);
    expect(JSON.parse(page.body).headers['x-postern-user']).toBe('ada');
  });

  test('with the code of another person in the own state signs nobody in', async () => {
    const theirs = new URL(await callbackOf(world.browser(), 'lin'));
    const browser = world.browser();
    const own = new URL(await callbackOf(browser, 'ada'));
    own.searchParams.set('code', theirs.searchParams.get('code') ?? '');
    await browser.open(own.href);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('opened twice, also at once, signs in once', async () => {
    const browser = world.browser();
    const callback = await callbackOf(browser, 'ada');
    const sessions = async () => JSON.parse((await world.admin('/api/v1/sessions')).body).sessions.length;
    const before = await sessions();
    await Promise.all([browser.open(callback), browser.open(callback), browser.open(callback)]);
    await browser.open(callback);
    expect(await sessions()).toBe(before + 1);
  });

  test('on an app host, or by POST, is none', async () => {
    const browser = world.browser();
    const callback = new URL(await callbackOf(browser, 'ada'));
    const atApp = await browser.send(world.url('wiki', `/.postern/callback${callback.search}`));
    expect(atApp.status).toBe(404);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await browser.send(`${callback.origin}${callback.pathname}`, {
      method: 'POST',
      body: callback.searchParams.toString(),
      headers,
    });
    expect(posted.status).toBeGreaterThanOrEqual(400);
    expect(await isSignedIn(browser)).toBe(false);
  });
});
