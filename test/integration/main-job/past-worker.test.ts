import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import { startWorld, type World } from '../../support/world.ts';

describe('an app whose service worker answers navigations', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      hosts: ['deep'],
      routes: `  - { name: deep, from: "https://deep.localhost:TLS_PORT", to: [APP], tls_upstream_server_name: app.internal, tls_custom_ca_file: "CA_FILE", service_worker: true, allow: [{ id: proven, groups: [engineering], auth: { methods: [otp], max_age: 1m } }] }
`,
      edit: (yaml) => yaml.replace('allow: [{ id: everyone', 'service_worker: true\n    allow: [{ id: everyone'),
    });
  });
  afterAll(() => world?.close());

  const openUrl = () => world.url('auth', '/.postern/open?app=wiki');

  test('sends its scripts to the sign-in host, where no worker of it answers', async () => {
    const ask = async (host: string) => {
      const answer = await world.browser().send(world.url(host, '/api'), { headers: clientKinds.script });
      return JSON.parse(answer.body).login_url;
    };
    expect(await ask('wiki')).toBe(openUrl());
    expect(await ask('dashboard')).toBe(world.url('dashboard'));
  });

  test('is let in by a page that is sandboxed, and the other pages are not', async () => {
    const browser = world.browser();
    const page = await world.signIn(browser, openUrl(), 'ada');
    expect(page.url).toBe(openUrl());
    expect(page.headers['content-security-policy']).toMatch(/; sandbox allow-popups$/);
    expect(page.body).toContain(`href="${world.url('wiki', '/.postern/enter')}" target="_blank" rel="noopener"`);
    const portal = await browser.open(world.url('auth'));
    expect(portal.headers['content-security-policy']).not.toContain('sandbox');
    expect(portal.body).toContain(openUrl().replace('&', '&amp;'));
  });

  test('has a way that ends at a page of its own host, with a new credential', async () => {
    const browser = world.browser();
    await world.signIn(browser, openUrl(), 'ada');
    expect(browser.cookie('wiki.localhost', '__Host-postern')).toBeUndefined();
    const end = await browser.open(world.url('wiki', '/.postern/enter'));
    expect([end.status, end.url]).toEqual([200, world.url('wiki', '/.postern/entered')]);
    expect(browser.cookie('wiki.localhost', '__Host-postern')).toBeDefined();
    expect((await browser.send(world.url('wiki', '/api'), { headers: clientKinds.script })).status).toBe(200);
  });

  test('hands its redirects to a sandboxed window: they have no opener policy, and every page has one', async () => {
    const browser = world.browser();
    const page = await world.signIn(browser, openUrl(), 'ada');
    expect(page.headers['cross-origin-opener-policy']).toBe('same-origin');
    const begun = await browser.send(world.url('wiki', '/.postern/enter'));
    const handed = await browser.send(String(begun.headers.location));
    expect(handed.status).toBe(303);
    expect(handed.headers['cross-origin-opener-policy']).toBeUndefined();
  });

  test('has an opener policy on the page that says it went in circles', async () => {
    const browser = world.browser();
    await world.signIn(browser, openUrl(), 'ada');
    const handOvers = [];
    for (let count = 0; count < 9; count += 1) {
      const begun = await browser.send(world.url('wiki', '/.postern/enter'));
      handOvers.push(await browser.send(String(begun.headers.location)));
    }
    expect(handOvers.at(-1)?.status).toBe(429);
    expect(handOvers.at(-1)?.headers['cross-origin-opener-policy']).toBe('same-origin');
  });

  test('gives a ticket to nobody but the browser that began: it is bound as ever', async () => {
    const [browser, other] = [world.browser(), world.browser()];
    await world.signIn(browser, openUrl(), 'ada');
    const begun = await browser.send(world.url('wiki', '/.postern/enter'));
    const { location } = (await browser.send(String(begun.headers.location))).headers;
    await other.send(world.url('wiki', '/.postern/enter'));
    expect((await other.send(String(location))).status).toBe(400);
    expect(other.cookie('wiki.localhost', '__Host-postern')).toBeUndefined();
  });

  test('is the only kind that has this way', async () => {
    for (const path of ['/.postern/enter', '/.postern/entered']) {
      expect((await world.browser().send(world.url('dashboard', path))).status).toBe(404);
      expect((await world.browser().send(world.url('wiki', path), { method: 'POST' })).status).toBe(404);
    }
    for (const app of ['dashboard', 'nothing', 'https://evil.example/', '']) {
      const answer = await world.browser().send(world.url('auth', `/.postern/open?app=${encodeURIComponent(app)}`));
      expect([answer.status, answer.headers.location]).toEqual([303, world.url('auth')]);
    }
  });

  test('begins for a page alone: a picture or a script of another site spends nobody’s sign-ins', async () => {
    for (const headers of [clientKinds.subresource, clientKinds.script]) {
      const answer = await world.browser().send(world.url('wiki', '/.postern/enter'), { headers });
      expect([answer.status, answer.headers.location]).toEqual([404, undefined]);
    }
  });

  test('costs whoever is signed in what any step-up does', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('auth'), 'lin', 'password');
    const statuses = new Set<number>();
    for (let round = 0; round < 100 && !statuses.has(429); round += 1)
      statuses.add((await browser.send(world.url('auth', '/.postern/open?app=deep'))).status);
    expect([...statuses]).toEqual([303, 429]);
  });

  test('costs whoever begins without end what any sign-in does', async () => {
    const statuses = new Set<number>();
    for (let round = 0; round < 400 && !statuses.has(429); round += 1) {
      statuses.add((await world.browser().send(world.url('wiki', '/.postern/enter'))).status);
      statuses.add((await world.browser().send(openUrl())).status);
    }
    expect(statuses).toContain(429);
  });
});
