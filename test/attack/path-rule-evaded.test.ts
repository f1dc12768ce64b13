import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cookieLine, getBytes, sendRaw, statusesOf } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

/** Ways to write a path that some server reads as /admin/secret. */
const ways = [
  '/public/../admin/secret',
  '/public/./../admin/secret',
  '/public/%2e%2e/admin/secret',
  '/public/%2E%2e/admin/secret',
  '/public/.%2e/admin/secret',
  '/public/..%2fadmin/secret',
  '/public%2f..%2fadmin%2fsecret',
  '/public/..%5cadmin/secret',
  '/public/..\\admin\\secret',
  '/public\\..\\admin\\secret',
  '/public/..;/admin/secret',
  '/public/..;x=1/admin/secret',
  '/public/;/../admin/secret',
  '/public/%2e%2e;/admin/secret',
  '/public/%252e%252e/admin/secret',
  '/public/%252e%252e%252fadmin/secret',
  '/public/%25%32%65%25%32%65/admin/secret',
  '/public/%c0%ae%c0%ae/admin/secret',
  '/public/%e0%80%ae%e0%80%ae/admin/secret',
  '/public/%u002e%u002e/admin/secret',
  '/public/..%00/admin/secret',
  '/public/..%0d%0a/admin/secret',
  '//admin/secret',
  '/public//../admin/secret',
  '///admin/secret',
  '/%2fadmin/secret',
  '/%5cadmin/secret',
  '/./admin/secret',
  '/%2e/admin/secret',
  '/admin%2fsecret',
  '/public/..#/admin/secret',
  '/admin/secret#/public/x',
  '/public/../../../../admin/secret',
  '/public/%20../admin/secret',
  '/public/..%20/admin/secret',
  '/\u00e0dmin/secret',
];

/** Ways to write it that are one path for us, and must be judged as the path that they are. */
const spellings = [
  '/admin/secret',
  '/ADMIN/secret',
  '/Admin/Secret',
  '/%61dmin/secret',
  '/%41DMIN/secret',
  '/admin/secret?x=/public/',
  '/admin/',
  '/admin',
  '/aDmIn',
  '/admin;x=1/secret',
  '/admin;/secret',
  '/admin%3Bx/secret',
  '/;x/admin/secret',
  '/admin%20/secret',
  '/admin./secret',
  '/%2561dmin/secret',
  '/%2541DMIN/secret',
  '/%252561dmin/secret',
  '/%2561dmin%253Bx/secret',
  '/adm%C4%B1n/secret',
  '/adm%C4%B0n/secret',
  '/%EF%BD%81dmin/secret',
  '/%EF%BC%A1DMIN/secret',
  '/%25EF%25BC%25A1dmin/secret',
  '/ad%C2%ADmin/secret',
  '/admin%E2%80%8B/secret',
  '/admin%C2%A0/secret',
  '/admin%EF%BC%9Bx/secret',
  '/admin%EF%BC%8Fsecret',
  '/x/%EF%BC%8E%EF%BC%8E/admin/secret',
  '/x/%E2%80%A5/admin/secret',
  '/x%EF%BC%BC..%EF%BC%BCadmin',
];

const hosts = ['other', 'grant', 'split'];

describe('a rule about paths', () => {
  let world: World;
  let browser: HttpBrowser;
  beforeAll(async () => {
    const upstream = `    to: ["APP"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE`;
    world = await startWorld({
      hosts: ['grant', 'split'],
      routes: `  - name: denying
    from: https://other.localhost:PORT
${upstream}
    allow: [{ id: everyone, domains: [corp.example] }]
    deny: [{ id: no-admin, paths: ["/admin/**", /single, "/one/*", "/stra%C3%9Fe/**", "/*/caf%C3%89*", { path: "/r%C3%A9sum%C3%A9" }, { regex: "^/(?:%C3%84rzte|kassen)/[0-9]+$" }] }]
  - name: granting
    from: https://grant.localhost:PORT
${upstream}
    allow: [{ id: published, domains: [corp.example], paths: ["/public/**"] }]
  - name: lax
    from: https://split.localhost:PORT
${upstream}
    allow: [{ id: everyone, domains: [corp.example] }]
  - name: strict
    from: https://split.localhost:PORT
    prefix: /admin
${upstream}
    allow: [{ id: nobody, groups: [nobody-at-all] }]
`,
    });
    browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    for (const host of hosts) {
      expect((await browser.open(world.url(host, '/public/x'))).status).toBe(200);
    }
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  const send = (host: string, path: string) =>
    sendRaw(world, host, Buffer.from(getBytes(world, host, path, [cookieLine(browser, host)]), 'latin1'));

  test.each(ways)('is not evaded by %j, which is no request at all', async (path) => {
    for (const host of hosts) expect(statusesOf(await send(host, path))).toEqual([400]);
    expect(world.app.seen).toEqual([]);
  });

  test.each(spellings)('is not evaded by %j', async (path) => {
    for (const host of hosts) {
      const [status] = statusesOf(await send(host, path));
      expect([400, 403, 404]).toContain(status);
    }
    expect(world.app.seen).toEqual([]);
  });

  test.each([
    ...['/single/', '/SINGLE', '/single;x', '/one/x/', '/one/x;y/', '/One/X', '/%2553ingle', '/one/%2578'],
    ...['/stra%C3%9Fe/7', '/STRASSE/7', '/stra%E1%BA%9Ee', '/strasse', '/%C5%BFtra%C5%BFse', '/stra%25C3%259Fe'],
    ...['/a/caf%C3%A9-x', '/a/caf%C3%89', '/a/CAFE%CC%81', '/a/cafe%CC%81s', '/a/caf%25E9'],
    ...['/R%C3%89SUM%C3%89', '/re%CC%81sume%CC%81/', '/r%25C3%25A9sum%C3%A9;x'],
    ...['/%C3%A4rzte/7', '/a%CC%88rzte/7', '/%25C3%2584RZTE/7', '/%EF%BC%ABassen/7', '/%E2%84%AAassen/%EF%BC%97'],
  ])('that denies is not evaded by %j, which many servers read as the same', async (path) => {
    expect(statusesOf(await send('other', path))).toEqual([403]);
    expect(world.app.seen).toEqual([]);
  });

  test('is not evaded by the absolute form', async () => {
    const { origin } = new URL(world.url('other'));
    for (const target of [`${origin}/admin/secret`, `${origin}/public/../admin/secret`, `${origin}//admin/secret`]) {
      expect([400, 403]).toContain(statusesOf(await send('other', target))[0]);
    }
    for (const target of [
      `${new URL(world.url('public')).origin}/admin/secret`,
      'https://evil.example/',
      '*',
      'admin',
    ]) {
      expect(statusesOf(await send('other', target))).toEqual([400]);
    }
    expect(world.app.seen).toEqual([]);
  });

  test('is not evaded by a header that renames the method or the path', async () => {
    const lines = ['X-Original-URL: /admin/secret', 'X-Rewrite-URL: /admin/secret', 'X-Forwarded-Uri: /admin/secret'];
    const bytes = getBytes(world, 'other', '/public/x', [...lines, cookieLine(browser, 'other')]);
    expect(statusesOf(await sendRaw(world, 'other', bytes))).toEqual([200]);
    expect(JSON.stringify(world.app.seen)).not.toContain('secret');
  });

  test.each(['/files/100%25ab', '/files/100%25', '/files/5%2525zz', '/administrator', '/a/cafe', '/resume', '/strase'])(
    'that denies does not close %j, which no server reads as what it names',
    async (path) => {
      expect(statusesOf(await send('other', path))).toEqual([200]);
      expect(world.app.seen.at(-1)?.url).toBe(path);
    },
  );

  test('still lets its own paths through, in the one spelling that was matched', async () => {
    for (const host of hosts) {
      expect(statusesOf(await send(host, '/public/%7Eada/a;v=1/x%20y?q=../admin'))).toEqual([200]);
      expect(world.app.seen.at(-1)?.url).toBe('/public/~ada/a;v=1/x%20y?q=../admin');
    }
  });
});
