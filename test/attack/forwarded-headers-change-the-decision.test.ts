import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const office = '203.0.113.7';

describe('forwarded headers of somebody who is no trusted proxy', () => {
  let world: World;
  let browser: HttpBrowser;
  beforeAll(async () => {
    world = await startWorld({
      routes: `  - name: office
    from: https://other.localhost:PORT
    to: ["APP"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow: [{ id: office, networks: [office], domains: [corp.example] }]
    deny: [{ id: no-admin, paths: ["/admin/**"] }]
`,
      extra: `networks: { office: [${office}/32] }`,
    });
    browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  const lies: Record<string, string>[] = [
    { 'x-forwarded-for': office },
    { 'x-forwarded-for': `${office}, 127.0.0.1` },
    { 'x-real-ip': office, 'true-client-ip': office, 'cf-connecting-ip': office, 'x-client-ip': office },
    { forwarded: `for=${office};proto=https;host=public.localhost` },
    { 'x-forwarded-host': 'public.localhost', 'x-host': 'public.localhost' },
    {
      'x-original-url': '/public',
      'x-rewrite-url': '/public',
      'x-forwarded-uri': '/public',
      'x-forwarded-prefix': '/public',
    },
    { 'x-forwarded-proto': 'http', 'x-forwarded-port': '80', 'x-forwarded-scheme': 'http', 'front-end-https': 'off' },
    { 'x-http-host-override': 'public.localhost', 'x-forwarded-server': 'public.localhost' },
  ];

  test.each(lies)('open no network rule: %j', async (headers) => {
    await browser.open(world.url('other'), { headers });
    const answer = await browser.send(world.url('other'), { headers });
    expect(answer.status).toBe(403);
    expect(world.app.seen).toEqual([]);
  });

  test.each(lies)('change neither route, target nor what the app is told: %j', async (headers) => {
    const answer = await browser.send(world.url('wiki', '/page'), { headers });
    expect(answer.status).toBe(200);
    expect(world.app.seen[0]?.url).toBe('/page');
    expect(world.app.seen[0]?.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': new URL(world.url('wiki')).host,
    });
    for (const name of Object.keys(headers)) {
      if (['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'front-end-https'].includes(name)) continue;
      expect(world.app.seen[0]?.headers).not.toHaveProperty(name);
    }
  });

  test.each(lies)('change neither a redirect nor Secure: %j', async (headers) => {
    const asked = await world.browser().send(world.url('wiki', '/page'), { headers });
    expect(asked.status).toBe(302);
    expect(asked.headers.location?.startsWith(`${world.url('auth', '/.postern/login')}?rt=`)).toBe(true);
    for (const cookie of asked.headers['set-cookie'] ?? []) expect(cookie).toContain('Secure');
    const host = world.browser();
    const sent = await host.send(asked.headers.location ?? '', { headers });
    const redirect = new URL(sent.headers.location ?? '').searchParams.get('redirect_uri');
    expect(redirect).toBe(world.url('auth', '/.postern/callback'));
    for (const cookie of sent.headers['set-cookie'] ?? []) expect(cookie).toContain('Secure');
  });

  test('an address that is no address is not read from somebody who is not trusted', async () => {
    expect((await browser.send(world.url('wiki'), { headers: { 'x-forwarded-for': '"><script>' } })).status).toBe(200);
    expect(world.app.seen[0]?.headers['x-forwarded-for']).toBe('127.0.0.1');
  });
});
