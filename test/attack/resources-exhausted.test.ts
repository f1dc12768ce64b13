import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cookieLine, getBytes, openSocket, sendRaw, statusesOf } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

describe('somebody who wants too much', () => {
  let world: World;
  let browser: HttpBrowser;
  beforeAll(async () => {
    world = await startWorld({
      edit: (yaml) =>
        yaml.replace(
          '  auth_host:',
          '  limits: { header_bytes: 16KiB, body_bytes: 64KiB, header_timeout: 1s, request_timeout: 1s }\n  auth_host:',
        ),
    });
    browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  async function expectAlive(): Promise<void> {
    expect((await browser.send(world.url('wiki'))).status).toBe(200);
  }

  /** Resolves when the product has let go of the connection for good: a write then meets a reset. */
  async function isLetGo(bytes: string, everyMs: number | undefined, host = 'wiki'): Promise<boolean> {
    const socket = await openSocket(world, host, { allowHalfOpen: true });
    return new Promise((resolve) => {
      const stop = (answer: boolean) => {
        clearInterval(timer);
        clearTimeout(deadline);
        socket.destroy();
        resolve(answer);
      };
      const timer = setInterval(() => socket.write('x'), everyMs ?? 100);
      const deadline = setTimeout(() => stop(false), 15_000);
      socket.resume();
      socket.on('error', () => stop(true));
      socket.on('close', () => stop(true));
      socket.write(bytes);
    });
  }

  test.each([1, 10])('a cookie of %d MB is refused', async (megabytes) => {
    const bytes = getBytes(world, 'wiki', '/', [`Cookie: __Host-postern=${'a'.repeat(megabytes * 1_000_000)}`]);
    const [status] = statusesOf(await sendRaw(world, 'wiki', bytes));
    expect([431, undefined]).toContain(status);
    await expectAlive();
  });

  test('ten thousand small headers, or one name without an end, are refused', async () => {
    const many = getBytes(
      world,
      'wiki',
      '/',
      Array.from({ length: 10_000 }, (_, number) => `X-${number}: y`),
    );
    expect([431, undefined]).toContain(statusesOf(await sendRaw(world, 'wiki', many))[0]);
    const long = getBytes(world, 'wiki', '/', [`${'X'.repeat(100_000)}: y`]);
    expect([431, undefined]).toContain(statusesOf(await sendRaw(world, 'wiki', long))[0]);
    const path = getBytes(world, 'wiki', `/${'%61'.repeat(100_000)}`);
    expect([400, 414, 431, undefined]).toContain(statusesOf(await sendRaw(world, 'wiki', path))[0]);
    await expectAlive();
  });

  test('a body over the limit is 413, by its length and by its chunks, and the app sees no whole request', async () => {
    const lines = [cookieLine(browser, 'wiki')];
    const byLength = getBytes(world, 'wiki', '/', [...lines, 'Content-Length: 10000000']).replace('GET', 'POST');
    expect(statusesOf(await sendRaw(world, 'wiki', byLength))).toEqual([413]);
    const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`;
    const head = getBytes(world, 'wiki', '/', [...lines, 'Transfer-Encoding: chunked']).replace('GET', 'POST');
    expect(statusesOf(await sendRaw(world, 'wiki', head + chunk.repeat(8)))).toEqual([413]);
    const huge = getBytes(world, 'wiki', '/', [...lines, `Content-Length: ${'9'.repeat(14)}`]).replace('GET', 'POST');
    expect(statusesOf(await sendRaw(world, 'wiki', huge))).toEqual([413]);
    expect(world.app.seen).toEqual([]);
    await expectAlive();
  });

  test('a body over the limit of the sign-in host, the device report or the admin API is refused', async () => {
    const body = 'a'.repeat(200_000);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = await browser.send(world.url('auth', '/.postern/sign-out'), { method: 'POST', body, headers });
    expect(form.status).toBe(413);
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    for (const json of [deep, '['.repeat(100_000), body, '{"__proto__":{"x":1}}', '{"a":1e999999}']) {
      const call = {
        method: 'PUT',
        headers: { authorization: `Bearer ${world.adminToken}`, 'content-type': 'application/json' },
        body: json,
      };
      const answer = await world.browser().send(world.adminUrl('/api/v1/devices/x/facts'), call);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
    await expectAlive();
  });

  test('headers that come byte by byte end the connection', async () => {
    expect(await isLetGo('GET / HTTP/1.1\r\nHost: x\r\nX-', 200)).toBe(true);
    await expectAlive();
  }, 20_000);

  test.each<[string, string]>([
    ['rubbish', 'rubbish\r\n\r\n'],
    ['a header that is too large', `GET / HTTP/1.1\r\nX: ${'a'.repeat(20_000)}`],
    [
      'a refused upgrade',
      'GET / HTTP/1.1\r\nHost: wiki.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    [
      'a refused request that wants to go on',
      'POST / HTTP/1.1\r\nHost: wiki.localhost\r\nContent-Length: 1000000\r\n\r\n',
    ],
    ['a CONNECT', 'CONNECT wiki.localhost:443 HTTP/1.1\r\nHost: wiki.localhost:443\r\n\r\n'],
  ])(
    'after %s the connection is let go, also when the client never ends its half',
    async (_title, bytes) => {
      expect(await isLetGo(bytes, undefined)).toBe(true);
      await expectAlive();
    },
    20_000,
  );

  test('a client that reads nothing of a long answer is let go, and so is the app', async () => {
    const isAppLetGo = new Promise<void>((resolve) => {
      world.app.answer = (_request, response) => {
        response.on('close', () => resolve());
        const more = () => {
          while (response.write(Buffer.alloc(65_536)));
          response.once('drain', more);
        };
        more();
      };
    });
    const socket = await openSocket(world, 'wiki');
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(getBytes(world, 'wiki', '/', [cookieLine(browser, 'wiki')]));
    await isAppLetGo;
    world.app.answer = undefined;
    socket.destroy();
    await expectAlive();
  }, 30_000);

  test('idle connections by the hundred keep nobody out', async () => {
    const sockets = await Promise.all(Array.from({ length: 300 }, () => openSocket(world, 'wiki', { isPlain: true })));
    for (const socket of sockets) socket.on('error', () => undefined);
    await expectAlive();
    for (const socket of sockets) socket.destroy();
    await expectAlive();
  });

  test('a compressed bomb is passed on as it is and never unpacked', async () => {
    const gzip = createGzip();
    const packed: Buffer[] = [];
    gzip.on('data', (chunk: Buffer) => packed.push(chunk));
    const done = new Promise((resolve) => gzip.on('end', resolve));
    gzip.end(Buffer.alloc(20_000_000));
    await done;
    const body = Buffer.concat(packed).toString('latin1');
    const lines = [cookieLine(browser, 'wiki'), 'Content-Encoding: gzip', `Content-Length: ${body.length}`];
    const bytes = Buffer.from(getBytes(world, 'wiki', '/', lines).replace('GET', 'POST') + body, 'latin1');
    expect(statusesOf(await sendRaw(world, 'wiki', bytes))).toEqual([200]);
  });

  test('paths that make patterns backtrack cost no time', async () => {
    const path = `/${'a/'.repeat(3_000)}b`;
    const statuses = new Set<number>();
    for (let round = 0; round < 20; round += 1) statuses.add((await browser.send(world.url('wiki', path))).status);
    expect([...statuses]).toEqual([200]);
  });

  test('sign-ins that are begun without end are braked, at the sign-in host and at an app', async () => {
    const colleague = world.browser();
    expect((await colleague.send(world.url('wiki'))).status).toBe(302);
    const flood = world.browser();
    const statuses: number[] = [];
    for (let round = 0; round < 330; round += 1) {
      statuses.push((await flood.send(world.url('auth', '/.postern/login'))).status);
    }
    expect(statuses).toContain(429);
    expect(flood.cookiesOf('auth.localhost').size).toBeLessThan(10);
    const bytes = getBytes(world, 'wiki', '/', ['Accept: text/html']).replace('Connection: close\r\n', '');
    const last = getBytes(world, 'wiki', '/', ['Accept: text/html']);
    const many: number[] = [];
    for (let round = 0; round < 14; round += 1) {
      many.push(...statusesOf(await sendRaw(world, 'wiki', bytes.repeat(92) + last, { patienceMs: 15_000 })));
    }
    expect(many).toHaveLength(1_302);
    expect(many.slice(0, 1_000)).not.toContain(429);
    expect(many.at(-1)).toBe(429);
    // Who had begun a sign-in there, and who is signed in, are not strangers.
    expect((await colleague.send(world.url('wiki', '/another/page'))).status).toBe(302);
    await expectAlive();
  }, 120_000);
});
