import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cookieLine, getBytes, sendRaw, statusesOf } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const forged = [
  'X-Postern-User: mallory',
  'X_Postern_User: mallory',
  'x-postern_user: mallory',
  'X.Postern.User: mallory',
  'X-POSTERN-EMAIL: mallory@corp.example',
  'X-Postern-Email: mallory@evil.example',
  'X_POSTERN_GROUPS: mallory,finance',
  'X-Postern-Assertion: mallory.mallory.mallory',
  'x_postern_assertion: mallory.mallory.mallory',
  'X-Postern-Assertion: mallory2.mallory.mallory',
  'X-Forwarded-User: mallory',
  'X-Forwarded-Email: mallory@corp.example',
  'Proxy-Authorization: Basic mallory',
  'Postern-Decision-Id: mallory',
  'X-Client-Cert: mallory',
  'Client-Cert: mallory',
];

describe('identity headers that a client makes up', () => {
  let world: World;
  let browser: HttpBrowser;
  beforeAll(async () => {
    world = await startWorld({
      routes: `  - name: crossing
    from: https://other.localhost:PORT
    to: ["APP"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    cors: { origins: ["https://portal.corp.example"] }
    public: true
`,
    });
    browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    await browser.open(world.url('dashboard'));
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  function expectNothingForged(): void {
    for (const { rawHeaders } of world.app.seen) expect(rawHeaders.join('\n').toLowerCase()).not.toContain('mallory');
  }

  test('are replaced by the true ones on an ordinary request', async () => {
    const answer = await sendRaw(world, 'wiki', getBytes(world, 'wiki', '/', [...forged, cookieLine(browser, 'wiki')]));
    expect(statusesOf(answer)).toEqual([200]);
    expectNothingForged();
    expect(world.app.seen[0]?.headers['x-postern-email']).toBe('ada@corp.example');
  });

  test('are replaced after Expect: 100-continue', async () => {
    const head = getBytes(world, 'wiki', '/', [
      ...forged,
      cookieLine(browser, 'wiki'),
      'Expect: 100-continue',
      'Content-Length: 2',
    ]);
    const answer = await sendRaw(world, 'wiki', `${head.replace('GET', 'POST')}hi`);
    expect(statusesOf(answer)).toEqual([100, 200]);
    expectNothingForged();
    expect(world.app.seen[0]?.body).toBe('hi');
  });

  test('are gone on a public route, also for somebody who is signed in', async () => {
    const bytes = getBytes(world, 'public', '/', [...forged, cookieLine(browser, 'wiki')]);
    expect(statusesOf(await sendRaw(world, 'public', bytes))).toEqual([200]);
    expectNothingForged();
    expect(world.app.seen).toHaveLength(1);
    expect(Object.keys(world.app.seen[0]?.headers ?? {}).filter((name) => name.startsWith('x-postern'))).toEqual([]);
  });

  test('are gone on an OPTIONS that is no preflight, and a preflight never reaches the app', async () => {
    const bytes = getBytes(world, 'other', '/', [...forged, 'Origin: https://portal.corp.example']).replace(
      'GET',
      'OPTIONS',
    );
    expect(statusesOf(await sendRaw(world, 'other', bytes))).toEqual([200]);
    expectNothingForged();
    world.app.seen.length = 0;
    const preflight = bytes.replace('Origin:', 'Access-Control-Request-Method: GET\r\nOrigin:');
    expect(statusesOf(await sendRaw(world, 'other', preflight))).toEqual([204]);
    expect(world.app.seen).toEqual([]);
  });

  test('are gone on an upgrade', async () => {
    const upgrade = [...forged, cookieLine(browser, 'dashboard'), 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    const bytes = getBytes(world, 'dashboard', '/', [...upgrade, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']);
    const seen = new Promise<readonly string[]>((resolve) => {
      world.app.onUpgrade = (request) => resolve(request.rawHeaders);
    });
    const answer = await sendRaw(world, 'dashboard', bytes.replace('Connection: close', 'Connection: Upgrade'), {
      patienceMs: 300,
    });
    expect(statusesOf(answer)).toEqual([101]);
    expect((await seen).join('\n').toLowerCase()).not.toContain('mallory');
  });

  test('are not told back on a refusal, an unknown path of ours or a malformed request', async () => {
    const cases: [string, string][] = [
      ['wiki', '/'],
      ['payroll', '/'],
      ['wiki', '/.postern/nowhere'],
      ['wiki', '/a/../b'],
      ['auth', '/'],
    ];
    for (const [host, path] of cases) {
      const answer = await sendRaw(world, host, getBytes(world, host, path, forged));
      expect(answer.toLowerCase()).not.toContain('mallory');
    }
    expect(world.app.seen).toEqual([]);
  });

  test('do not sign anybody in', async () => {
    const answer = await sendRaw(world, 'wiki', getBytes(world, 'wiki', '/', forged));
    expect(statusesOf(answer)).toEqual([401]);
    expect(world.app.seen).toEqual([]);
  });
});
