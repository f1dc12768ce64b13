import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { signInByPassword } from '../support/attack-sign-in.ts';
import { cookieLine, getBytes, openSocket, sendRaw, statusesOf } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

describe('an upgrade', () => {
  let world: World;
  let browser: HttpBrowser;
  let upgrades = 0;
  beforeAll(async () => {
    const upstream = (name: string) => `    to: ["APP"]
    tls_upstream_server_name: ${name}
    tls_custom_ca_file: CA_FILE
    allow_websockets: true`;
    world = await startWorld({
      hosts: ['proved', 'office'],
      routes: `  - name: wrong-name
    from: https://other.localhost:PORT
${upstream('somebody-else.internal')}
    allow: [{ id: everyone, domains: [corp.example] }]
  - name: proved
    from: https://proved.localhost:PORT
${upstream('app.internal')}
    allow: [{ id: proved, domains: [corp.example], auth: { methods: [otp], max_age: 15m } }]
  - name: office
    from: https://office.localhost:PORT
${upstream('app.internal')}
    allow: [{ id: everyone, domains: [corp.example] }]
    deny: [{ id: no-live, paths: ["/live/**"] }]
`,
    });
    browser = world.browser();
    await signInByPassword(world, browser, world.url('dashboard'), 'ada');
    for (const host of ['wiki', 'other', 'office', 'console']) await browser.open(world.url(host));
    world.app.onUpgrade = () => {
      upgrades += 1;
    };
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    upgrades = 0;
  });

  async function upgrade(
    host: string,
    path = '/',
    lines: readonly string[] = [cookieLine(browser, host)],
    protocol = 'websocket',
  ) {
    const all = [
      ...lines,
      `Upgrade: ${protocol}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ];
    const bytes = getBytes(world, host, path, all).replace('Connection: close', 'Connection: Upgrade');
    const socket = await openSocket(world, host);
    socket.on('error', () => undefined);
    socket.write(bytes);
    const [first] = await once(socket, 'data');
    socket.destroy();
    return statusesOf(String(first))[0];
  }

  test('of the right page by the right person passes', async () => {
    expect(await upgrade('dashboard')).toBe(101);
    expect(
      await upgrade('dashboard', '/', [
        cookieLine(browser, 'dashboard'),
        `Origin: ${new URL(world.url('dashboard')).origin}`,
      ]),
    ).toBe(101);
    expect(upgrades).toBe(2);
  });

  test.each([
    'https://evil.example',
    'null',
    'https://dashboard.localhost',
    'https://wiki.localhost:PORT',
    'http://dashboard.localhost:PORT',
    'https://dashboard.localhost:PORT.evil.example',
    'https://dashboard.localhost:PORT@evil.example',
    ' ',
  ])('from a page of %j is refused', async (origin) => {
    const { port } = new URL(world.url('dashboard'));
    const status = await upgrade('dashboard', '/', [
      cookieLine(browser, 'dashboard'),
      `Origin: ${origin.replace('PORT', port)}`,
    ]);
    expect(status).toBe(403);
    expect(upgrades).toBe(0);
  });

  test('without a session, with a made-up or a neighbour’s credential is refused', async () => {
    // A credential that is seen at another host makes its whole session suspect, so it is not that of the other tests.
    const robbed = world.browser();
    await world.signIn(robbed, world.url('wiki'), 'ada');
    for (const lines of [
      [],
      ['Cookie: __Host-postern=x'],
      [`Cookie: __Host-postern=${'A'.repeat(43)}`],
      [cookieLine(robbed, 'wiki')],
      [cookieLine(robbed, 'auth')],
    ]) {
      expect(await upgrade('dashboard', '/', lines)).toBe(401);
    }
    expect(upgrades).toBe(0);
  });

  test('where none is allowed, on a denied path, without the second factor or the device is refused', async () => {
    expect(await upgrade('wiki')).toBe(403);
    expect(await upgrade('office', '/live/x')).toBe(403);
    expect(await upgrade('office', '/LIVE/x')).toBe(403);
    expect(await upgrade('office', '/a/../live/x')).toBe(400);
    expect(await upgrade('proved')).toBe(401);
    expect(await upgrade('console')).toBe(403);
    expect(upgrades).toBe(0);
  });

  test('to an app whose certificate is not its own is refused', async () => {
    expect(await upgrade('other')).toBe(502);
    expect(upgrades).toBe(0);
  });

  test.each(['h2c', 'websocket, h2c', 'h2c, websocket', 'HTTP/2.0', 'TLS/1.2'])(
    'to %s is none: it is an ordinary request or nothing',
    async (protocol) => {
      const status = await upgrade(
        'dashboard',
        '/',
        [cookieLine(browser, 'dashboard'), 'HTTP2-Settings: AAMAAABkAAQAAP__'],
        protocol,
      );
      expect([200, 400, 403]).toContain(status);
      const { headers } = world.app.seen.at(-1) ?? { headers: {} as Record<string, unknown> };
      expect(headers['upgrade']).toBeUndefined();
      expect(headers['http2-settings']).toBeUndefined();
      expect(upgrades).toBe(0);
    },
  );

  test('at the sign-in host, at the admin listener and on paths of ours opens nothing', async () => {
    for (const [host, path] of [
      ['auth', '/'],
      ['auth', '/.postern/login'],
      ['dashboard', '/.postern/accept?ticket=x'],
      ['dashboard', '/.postern/nothing'],
    ] as const) {
      const lines = [cookieLine(browser, host), 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
      const text = await sendRaw(world, host, getBytes(world, host, path, lines).replace('close', 'Upgrade'));
      expect(statusesOf(text)).not.toContain(101);
    }
    expect(upgrades).toBe(0);
  });
});
