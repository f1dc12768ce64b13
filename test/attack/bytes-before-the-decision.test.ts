import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { getBytes, sendRaw, statusesOf } from '../support/attack-socket.ts';
import { startWorld, type World } from '../support/world.ts';

describe('an app that only counts its connections', () => {
  let world: World;
  let upstream: Server;
  let connections = 0;
  const open = new Set<Socket>();
  beforeAll(async () => {
    upstream = createServer((socket) => {
      connections += 1;
      open.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const { port } = upstream.address() as AddressInfo;
    world = await startWorld({
      routes: `  - name: counted
    from: https://other.localhost:PORT
    to: ["http://127.0.0.1:${port}"]
    allow_plaintext_upstream: true
    allow_websockets: true
    cors: { origins: ["https://portal.corp.example"] }
    allow: [{ id: nobody, groups: [nobody-at-all] }]
`,
    });
  });
  afterAll(async () => {
    await world?.close();
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => upstream.close(resolve));
  });
  beforeEach(() => {
    connections = 0;
  });

  test('gets none from somebody who is not signed in, whatever they send', async () => {
    const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];
    const requests = [
      getBytes(world, 'other', '/'),
      getBytes(world, 'other', '/').replace('GET', 'HEAD'),
      getBytes(world, 'other', '/').replace('GET', 'OPTIONS'),
      getBytes(world, 'other', '/', [
        'Origin: https://portal.corp.example',
        'Access-Control-Request-Method: PUT',
      ]).replace('GET', 'OPTIONS'),
      `${getBytes(world, 'other', '/', ['Content-Length: 5']).replace('GET', 'POST')}hello`,
      getBytes(world, 'other', '/', ['Content-Length: 5', 'Expect: 100-continue']).replace('GET', 'POST'),
      getBytes(world, 'other', '/', upgrade).replace('Connection: close', 'Connection: Upgrade'),
      getBytes(world, 'other', '/', ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']).replace(
        'close',
        'Upgrade, HTTP2-Settings',
      ),
      getBytes(world, 'other', '/../'),
    ];
    for (const bytes of requests) {
      const text = await sendRaw(world, 'other', bytes, { patienceMs: 1_000 });
      expect(statusesOf(text)).not.toContain(100);
      expect(statusesOf(text)).not.toContain(200);
      expect(statusesOf(text)).not.toContain(101);
    }
    expect(connections).toBe(0);
  });

  test('gets none from somebody who is denied', async () => {
    const browser = world.browser();
    const page = await world.signIn(browser, world.url('other'), 'ada');
    expect(page.status).toBe(403);
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']) {
      expect((await browser.send(world.url('other', '/x'), { method })).status).toBe(403);
    }
    expect(connections).toBe(0);
  });

  test('gets none for the portal’s sake, nor when the program starts', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('auth'), 'ada');
    expect((await browser.send(world.url('auth', '/.postern/api/apps'))).status).toBe(200);
    expect(connections).toBe(0);
  });
});
