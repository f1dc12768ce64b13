import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';

const safari =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15';

let clock: ShiftedClock;
let world: World;
beforeAll(async () => {
  clock = shiftClock();
  world = await startWorld({ clock });
});
afterAll(() => world?.close());

/** As players of a system fetch: the browser's cookies, no Fetch Metadata, a name of their own. */
const play = async (browser: HttpBrowser, agent: string) => {
  const headers = {
    accept: '*/*',
    range: 'bytes=0-1',
    'user-agent': agent,
    'sec-fetch-mode': undefined,
    'sec-fetch-dest': undefined,
  };
  return (await browser.send(world.url('wiki', '/talk.mp4'), { headers })).status;
};

test('Safari plays a film beside its pages, and nobody has to prove anything', async () => {
  const browser = world.browser();
  browser.always['user-agent'] = safari;
  await world.signIn(browser, world.url('wiki'), 'lin');
  for (let round = 0; round < 5; round += 1) {
    expect(await play(browser, 'AppleCoreMedia/1.0.0.23A344 (Macintosh; U; Intel Mac OS X 14_0; en_us)')).toBe(200);
    expect((await browser.send(world.url('wiki'))).status).toBe(200);
    clock.advance(60_000);
  }
});

test('a player that nobody knows costs one step-up, after which page and film come in turns', async () => {
  const browser = world.browser();
  browser.always['user-agent'] = safari;
  await world.signIn(browser, world.url('wiki'), 'lin');
  clock.advance(60_000);
  expect(await play(browser, 'HomePlayer/7.1')).toBe(401);
  clock.advance(60_000);
  const page = await world.signIn(browser, world.url('wiki', '/film'), 'lin');
  expect([page.status, page.url]).toEqual([200, world.url('wiki', '/film')]);
  for (let round = 0; round < 5; round += 1) {
    clock.advance(60_000);
    expect(await play(browser, 'HomePlayer/7.1')).toBe(200);
    expect((await browser.send(world.url('wiki'))).status).toBe(200);
  }
});

test('a cookie that was copied into another browser is noticed, also where that one calls itself a player', async () => {
  const browser = world.browser();
  browser.always['user-agent'] = safari;
  await world.signIn(browser, world.url('wiki'), 'lin');
  const thief = world.browser();
  thief.setCookie('wiki.localhost', '__Host-postern', browser.cookie('wiki.localhost', '__Host-postern'));
  for (const agent of ['Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0', 'AppleCoreMedia/1.0.0.23A344 (Macintosh)']) {
    const answer = await thief.send(world.url('wiki'), { headers: { 'user-agent': agent } });
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toContain('/.postern/step-up');
  }
});
