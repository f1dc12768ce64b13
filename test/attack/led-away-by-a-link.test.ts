import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getBytes, sendRaw, statusesOf } from '../support/attack-socket.ts';
import { startWorld, type World } from '../support/world.ts';

/** Where a redirect of the product may lead: its own hosts and the provider. */
function isOwn(world: World, location: string): boolean {
  const url = new URL(location, world.url('auth'));
  return url.origin === new URL(world.provider.issuer).origin || /^https:\/\/[a-z]+\.localhost:\d+$/.test(url.origin);
}

const targets = [
  '//evil.example',
  '/\\evil.example',
  '/%09/evil.example',
  'https://evil.example',
  'https://wiki.localhost.evil.example',
  'https://wiki.localhost@evil.example',
  'https://badwiki.localhost',
  'javascript:alert(1)',
  '\thttps://evil.example',
];

describe('a link that looks like ours', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test.each(targets)('leads nobody to %j after sign-in', async (target) => {
    for (const name of ['rt', 'return_to', 'rd', 'redirect', 'redirect_uri', 'next', 'url', 'returnTo', 'target']) {
      const path = `/.postern/login?${name}=${encodeURIComponent(target)}`;
      const browser = world.browser();
      const page = await world.signIn(browser, world.url('auth', path), 'ada');
      expect(page.url).toBe(world.url('auth', '/'));
      const again = await browser.send(world.url('auth', path));
      expect(again.headers.location).toBe(world.url('auth', '/'));
    }
  });

  test.each(targets)('leads nobody to %j by a step-up, a ticket or a sign-out', async (target) => {
    const text = encodeURIComponent(target);
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    for (const [host, path] of [
      ['auth', `/.postern/step-up?rt=${text}`],
      ['auth', `/.postern/callback?state=x&code=y&rt=${text}&iss=${text}`],
      ['auth', `/.postern/sign-out?post_logout_redirect_uri=${text}&rt=${text}`],
      ['auth', `/.postern/signed-out?post_logout_redirect_uri=${text}&state=${text}&rt=${text}`],
      ['wiki', `/.postern/accept?ticket=${text}&rt=${text}`],
      ['wiki', `/.postern/sign-out?rt=${text}&post_logout_redirect_uri=${text}`],
    ] as const) {
      const answer = await browser.send(world.url(host, path));
      expect(isOwn(world, answer.headers.location ?? '/')).toBe(true);
      expect(/(href|action|src|content)="[^"]*evil/i.test(answer.body)).toBe(false);
    }
  });

  test.each([
    '//evil.example/x',
    '/\\evil.example',
    '/%2f/evil.example',
    '/%5cevil.example',
    '/;//evil.example',
    '/.//evil.example',
  ])('with the path %j is never a place to return to', async (path) => {
    const bytes = getBytes(world, 'wiki', path, [
      'Accept: text/html',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Dest: document',
    ]);
    const answer = await sendRaw(world, 'wiki', bytes);
    expect(statusesOf(answer)).toEqual([400]);
    expect(answer).not.toMatch(/^location:/im);
  });

  test.each([
    'evil.example',
    'wiki.localhost.evil.example',
    'wiki.localhost@evil.example',
    'wiki.localhost, evil.example',
    'wiki.localhost:1',
  ])('is not answered for the Host %j', async (host) => {
    const bytes = getBytes(world, 'wiki', '/', ['Accept: text/html']).replace(/^Host: .*$/m, `Host: ${host}`);
    const answer = await sendRaw(world, 'wiki', bytes);
    expect([400, 404]).toContain(statusesOf(answer)[0]);
    expect(answer).not.toMatch(/^location:/im);
  });

  test('in the absolute form, or with two Hosts, is not answered for the other host', async () => {
    for (const target of ['https://evil.example/', 'http://evil.example/', 'https://wiki.localhost@evil.example/']) {
      expect(statusesOf(await sendRaw(world, 'wiki', getBytes(world, 'wiki', target)))).toEqual([400]);
    }
    const twice = getBytes(world, 'wiki', '/', ['Host: evil.example']);
    expect(statusesOf(await sendRaw(world, 'wiki', twice))).toEqual([400]);
  });

  test('says of itself who led there: a problem never names a foreign Referer', async () => {
    const headers = { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
    for (const referer of [
      'https://evil.example/',
      'javascript:alert(1)',
      `${new URL(world.url('wiki')).origin}@evil.example/`,
    ]) {
      const answer = await world.browser().send(world.url('wiki', '/api'), { headers: { ...headers, referer } });
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.body).login_url).toBe(world.url('wiki', '/'));
    }
  });
});
