import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cookieLine, getBytes, openSocket, sendRaw } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const pieces = [
  'GET ',
  'POST ',
  'OPTIONS ',
  '/ ',
  '/.postern/accept?ticket= ',
  'HTTP/1.1\r\n',
  'HTTP/1.0\r\n',
  '\r\n',
  '\n',
  '\r',
  '\0',
  'Host: wiki.localhost\r\n',
  'Host: auth.localhost\r\n',
  'Host: \r\n',
  'Connection: Upgrade\r\n',
  'Upgrade: websocket\r\n',
  'Connection: close, x\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: x\r\n',
  'Transfer-Encoding: chunked\r\n',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  'Expect: 100-continue\r\n',
  'Cookie: __Host-postern=x\r\n',
  'Sec-WebSocket-Key: x\r\n',
  'Accept: text/html\r\n',
  'Content-Type: application/grpc\r\n',
  'Origin: null\r\n',
  'Authorization: Bearer pst_x\r\n',
  '%',
  '\xff\xfe',
  'é',
  ':',
  ' ',
  '\t',
] as const;

/** The header lines of the answer, interim ones included: what an app writes after them is its content, and passes. */
function headOf(text: string): string {
  return /^(?:HTTP\/1\.1 1(?!01)\d\d [\s\S]*?\r\n\r\n)*[\s\S]*?(?:\r\n\r\n|$)/.exec(text)?.[0] ?? text;
}

describe('the process does not die of', () => {
  let world: World;
  let browser: HttpBrowser;
  let hostile: Server;
  /** What the hostile app writes next, and whether it then ends, resets or hangs. */
  let script: { readonly bytes: Buffer; readonly end: 'end' | 'reset' } = { bytes: Buffer.alloc(0), end: 'end' };
  const deaths: unknown[] = [];
  const onDeath = (cause: unknown) => void deaths.push(cause);
  const open = new Set<Socket>();

  beforeAll(async () => {
    process.on('uncaughtExceptionMonitor', onDeath);
    process.on('unhandledRejection', onDeath);
    hostile = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(script.bytes, () => (script.end === 'end' ? socket.end() : socket.resetAndDestroy()));
      });
    });
    await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
    const { port } = hostile.address() as AddressInfo;
    world = await startWorld({
      routes: `  - name: hostile
    from: https://other.localhost:PORT
    to: ["http://127.0.0.1:${port}"]
    allow_plaintext_upstream: true
    allow_websockets: true
    public: true
`,
    });
    browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
  });
  afterAll(async () => {
    await world?.close();
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => hostile.close(resolve));
    process.off('uncaughtExceptionMonitor', onDeath);
    process.off('unhandledRejection', onDeath);
  });

  async function expectAlive(): Promise<void> {
    expect(deaths).toEqual([]);
    expect((await browser.send(world.url('wiki'))).status).toBe(200);
  }

  test('bytes that are no request', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
          fc.array(fc.constantFrom(...pieces), { maxLength: 25 }).map((parts) => Buffer.from(parts.join(''), 'latin1')),
        ),
        fc.boolean(),
        async (bytes, isPlain) => {
          await sendRaw(world, 'wiki', bytes, { isPlain, patienceMs: 15 });
          expect(deaths).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
    await expectAlive();
  }, 60_000);

  test('bytes that are no TLS', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const { tlsPort } = world.addresses;
        const { connect } = await import('node:net');
        await new Promise<void>((resolve) => {
          const socket = connect(tlsPort ?? 0, '127.0.0.1', () => socket.end(Buffer.from([0x16, 3, 1, ...bytes])));
          socket.on('error', () => resolve());
          socket.on('close', () => resolve());
          socket.resume();
        });
      }),
      { numRuns: 50 },
    );
    await expectAlive();
  }, 30_000);

  test('headers of a good request with odd values', async () => {
    const names = [
      'accept',
      'accept-language',
      'cookie',
      'origin',
      'referer',
      'sec-fetch-mode',
      'sec-fetch-dest',
      'content-type',
      'if-none-match',
      'range',
      'user-agent',
      'authorization',
      'upgrade',
      'access-control-request-method',
      'access-control-request-headers',
      'x-forwarded-for',
      'te',
      'trailer',
    ];
    const value = fc.string({ unit: fc.constantFrom(...'aZ0;,="\'%/\\:*()<> \t\x80\xff'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 6 }),
        fc.constantFrom('wiki', 'auth', 'public', 'payroll', 'other'),
        fc.constantFrom(
          '/',
          '/.postern/login',
          '/.postern/accept?ticket=x',
          '/.postern/session',
          '/.postern/callback?state=x',
          '/.postern/device/nonce',
        ),
        async (headers, host, path) => {
          script = {
            bytes: Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
            end: 'end',
          };
          const bytes = getBytes(
            world,
            host,
            path,
            headers.map(([name, text]) => `${name}: ${text}`),
          );
          const text = await sendRaw(world, host, Buffer.from(bytes, 'latin1'), { patienceMs: 2_000 });
          expect(text).toMatch(/^HTTP\/1\.1 [1234]\d\d /);
        },
      ),
      { numRuns: 200 },
    );
    await expectAlive();
  }, 60_000);

  test('an app that answers rubbish, to requests and to upgrades', async () => {
    const answers = [
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 101 Switching Protocols\r\n',
      'HTTP/1.1 103 Early Hints\r\n',
      'HTTP/1.1 204 No\r\n',
      'HTTP/1.1 999 \xff\xfe\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/0.9 x\r\n',
      '\r\n',
      'Content-Length: 5\r\n',
      'Content-Length: 5\r\nContent-Length: 6\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Connection: upgrade\r\nUpgrade: websocket\r\n',
      'Connection: x-a, \x01\r\n',
      'X-A: \x80\xff\r\n',
      'X-A: a\0b\r\n',
      'Set-Cookie: __Host-postern=x\r\n',
      'Link: <x>; rel=\x01\r\n',
      'Link: rubbish\r\n',
      'Trailer: x\r\n',
      'Location: \u0000\r\n',
      'Content-Type: text/event-stream\r\n',
      '5\r\nhello\r\n',
      '0\r\nX: y\r\n\r\n',
      'hello',
      'hello there, this is long',
      'zz\r\n',
      '\x81\x05hello',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...answers), { maxLength: 8 }),
        fc.constantFrom('end' as const, 'reset' as const),
        fc.boolean(),
        async (parts, end, isUpgrade) => {
          script = { bytes: Buffer.from(parts.join(''), 'latin1'), end };
          const upgrade = [
            'Upgrade: websocket',
            'Sec-WebSocket-Version: 13',
            'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
          ];
          const bytes = getBytes(world, 'other', '/', isUpgrade ? upgrade : []);
          const text = await sendRaw(world, 'other', isUpgrade ? bytes.replace('close', 'Upgrade') : bytes, {
            patienceMs: 1_000,
          });
          expect(headOf(text)).not.toMatch(/set-cookie: __Host-postern/i);
          expect(deaths).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
    await expectAlive();
  }, 120_000);

  test('clients that leave at any moment', async () => {
    const upgrade = getBytes(world, 'dashboard', '/', [cookieLine(browser, 'dashboard'), 'Upgrade: websocket']).replace(
      'close',
      'Upgrade',
    );
    const requests = [
      getBytes(world, 'wiki', '/', [cookieLine(browser, 'wiki')]),
      upgrade,
      getBytes(world, 'auth', '/.postern/login'),
    ];
    for (const bytes of requests) {
      for (let cut = 1; cut < bytes.length; cut += 23) {
        const socket = await openSocket(world, 'wiki');
        socket.on('error', () => undefined);
        await new Promise<void>((resolve) => socket.write(bytes.slice(0, cut), () => resolve()));
        socket.destroy();
      }
      for (let round = 0; round < 20; round += 1) {
        const socket = await openSocket(world, 'wiki');
        socket.on('error', () => undefined);
        socket.write(bytes);
        setImmediate(() => socket.destroy());
      }
    }
    await expectAlive();
  }, 30_000);
});
