import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cookieLine, getBytes, openSocket, sendRaw, statusesOf } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

describe('a second request hidden in the first', () => {
  let world: World;
  let browser: HttpBrowser;
  let stubborn: Server;
  /** What an app has seen that takes no upgrades. */
  const got: string[] = [];
  beforeAll(async () => {
    stubborn = createServer((request, response) => {
      got.push(request.url ?? '');
      response.writeHead(426, { upgrade: 'websocket' }).end('no');
    });
    await new Promise<void>((resolve) => stubborn.listen(0, '127.0.0.1', resolve));
    const { port } = stubborn.address() as AddressInfo;
    world = await startWorld({
      routes: `  - name: stubborn
    from: https://other.localhost:PORT
    to: ["http://127.0.0.1:${port}"]
    allow_plaintext_upstream: true
    allow_websockets: true
    allow: [{ id: everyone, domains: [corp.example] }]
`,
    });
    browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
  });
  afterAll(async () => {
    await world?.close();
    stubborn.closeAllConnections();
    await new Promise((resolve) => stubborn.close(resolve));
  });
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  const hidden = 'GET /hidden HTTP/1.1\r\nHost: wiki.localhost\r\n\r\n';

  /** A POST by somebody who is signed in, with these header lines and these bytes behind them. */
  function post(lines: readonly string[], body: string): string {
    const { host } = new URL(world.url('wiki'));
    const head = [
      'POST /visible HTTP/1.1',
      `Host: ${host}`,
      'User-Agent: postern-test-browser',
      cookieLine(browser, 'wiki'),
      ...lines,
    ];
    return `${head.join('\r\n')}\r\n\r\n${body}`;
  }

  const chunked = `0\r\n\r\n${hidden}`;
  test.each<[string, readonly string[], string]>([
    ['CL and TE', [`Content-Length: ${chunked.length}`, 'Transfer-Encoding: chunked'], chunked],
    ['TE and CL', ['Transfer-Encoding: chunked', 'Content-Length: 4'], `5c\r\n${hidden}\r\n0\r\n\r\n`],
    ['CL.CL', ['Content-Length: 0', `Content-Length: ${hidden.length}`], hidden],
    ['CL list', [`Content-Length: 0, ${hidden.length}`], hidden],
    ['CL with a sign', ['Content-Length: +0'], hidden],
    ['CL in hex', ['Content-Length: 0x0'], hidden],
    ['CL negative', ['Content-Length: -1'], hidden],
    ['CL with blanks in it', ['Content-Length: 1 0'], hidden],
    ['TE twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], chunked],
    ['TE twice, other order', ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked'], chunked],
    ['TE list', ['Transfer-Encoding: identity, chunked'], chunked],
    ['TE list, chunked first', ['Transfer-Encoding: chunked, identity'], chunked],
    ['TE xchunked', ['Transfer-Encoding: xchunked'], chunked],
    ['TE in quotes', ['Transfer-Encoding: "chunked"'], chunked],
    ['TE with a vertical tab', ['Transfer-Encoding: \x0bchunked'], chunked],
    ['TE with a parameter', ['Transfer-Encoding: chunked;x=1'], chunked],
    ['TE with a space before the colon', ['Transfer-Encoding : chunked', 'Content-Length: 5'], chunked],
    ['CL with a space before the colon', ['Content-Length : 5'], `hello${hidden}`],
    ['TE on a folded line', ['Transfer-Encoding:', ' chunked', 'Content-Length: 5'], chunked],
    ['a folded header', ['X-A: b', '\tTransfer-Encoding: chunked', 'Content-Length: 5'], chunked],
    ['a twin name of TE', ['Transfer_Encoding: chunked', 'Content-Length: 5'], chunked],
    ['a twin name of CL', ['Content_Length: 5', 'Transfer-Encoding: chunked'], chunked],
    ['a bare LF between headers', ['X-A: b\nTransfer-Encoding: chunked', 'Content-Length: 5'], chunked],
    ['a bare CR between headers', ['X-A: b\rTransfer-Encoding: chunked', 'Content-Length: 5'], chunked],
    ['a zero byte in a header', ['X-A: b\0Transfer-Encoding: chunked', 'Content-Length: 5'], chunked],
    ['a header without a name', [': x', 'Transfer-Encoding: chunked'], chunked],
    ['a header without a colon', ['Transfer-Encoding chunked', 'Content-Length: 5'], chunked],
    ['a chunk size that overflows', ['Transfer-Encoding: chunked'], `fffffffffffffffff\r\n${hidden}`],
    ['a chunk size with a sign', ['Transfer-Encoding: chunked'], `-1\r\n${hidden}`],
    ['a chunk size in 0x', ['Transfer-Encoding: chunked'], `0x5\r\nhello\r\n0\r\n\r\n${hidden}`],
    ['a bare LF after a chunk size', ['Transfer-Encoding: chunked'], `5\nhello\r\n0\r\n\r\n${hidden}`],
    ['a bare LF after a chunk', ['Transfer-Encoding: chunked'], `5\r\nhello\n0\r\n\r\n${hidden}`],
    ['a bare CR in a chunk extension', ['Transfer-Encoding: chunked'], `5;a\rb\r\nhello\r\n0\r\n\r\n${hidden}`],
    ['a bare LF in a chunk extension', ['Transfer-Encoding: chunked'], `5;a\nb\r\nhello\r\n0\r\n\r\n${hidden}`],
  ])('is not let through by %s', async (_title, lines, body) => {
    const text = await sendRaw(world, 'wiki', Buffer.from(post(lines, body), 'latin1'), { patienceMs: 1_500 });
    expect(world.app.seen.map((request) => request.url)).not.toContain('/hidden');
    // What was read was read to a border that both sides know, or refused; and nobody else’s answer comes with it.
    expect(statusesOf(text).filter((status) => status === 200).length).toBeLessThanOrEqual(world.app.seen.length);
    expect(statusesOf(text).some((status) => status >= 400) || world.app.seen.length === 0).toBe(true);
  });

  test.each(['1.0', '1.2', '2.0', '0.9', '9.9', '1.1 x'])(
    'is not let through by the version HTTP/%s',
    async (version) => {
      const bytes = post(['Transfer-Encoding: chunked'], chunked).replace('HTTP/1.1', `HTTP/${version}`);
      await sendRaw(world, 'wiki', bytes, { patienceMs: 1_000 });
      expect(world.app.seen.map((request) => request.url)).not.toContain('/hidden');
    },
  );

  test('is not let through by an HTTP/2 preface', async () => {
    const text = await sendRaw(world, 'wiki', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden}`, { patienceMs: 1_000 });
    expect(statusesOf(text).filter((status) => status < 400)).toEqual([]);
    expect(world.app.seen).toEqual([]);
  });

  test('finds no connection to come on: a no ends the one whose body is still to come, and no other', async () => {
    const { host } = new URL(world.url('wiki'));
    const refused = (method: string, lines: readonly string[]) =>
      [`${method} /visible HTTP/1.1`, `Host: ${host}`, 'Accept: application/json', ...lines, '', ''].join('\r\n');
    const unread = await sendRaw(world, 'wiki', refused('POST', [`Content-Length: ${hidden.length}`]));
    expect(statusesOf(unread)).toEqual([401]);
    expect(unread).toMatch(/^connection: close\r$/im);
    const second = refused('GET', ['Connection: close']);
    const [read, bodiless] = [`${refused('POST', ['Content-Length: 5'])}hello`, refused('GET', [])];
    expect(statusesOf(await sendRaw(world, 'wiki', read + second))).toEqual([401, 401]);
    expect(statusesOf(await sendRaw(world, 'wiki', bodiless + second))).toEqual([401, 401]);
  });

  test('in the open, is judged for itself: who signs the first in does not sign in the second', async () => {
    const first = post(['Content-Length: 5'], 'hello');
    const text = await sendRaw(world, 'wiki', first + getBytes(world, 'wiki', '/second', ['Accept: application/json']));
    expect(statusesOf(text)).toEqual([200, 401]);
    expect(world.app.seen.map((request) => request.url)).toEqual(['/visible']);
  });

  test('behind a refusal is not read as a request of its own', async () => {
    const { host } = new URL(world.url('wiki'));
    const refused = `POST /a HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${hidden.length + 100_000}\r\n\r\n`;
    const signedIn = getBytes(world, 'wiki', '/hidden', [cookieLine(browser, 'wiki')]);
    const text = await sendRaw(world, 'wiki', refused + signedIn);
    expect(statusesOf(text)).toEqual([401]);
    expect(world.app.seen).toEqual([]);
  });

  test('behind an upgrade that the app refuses does not reach the app', async () => {
    const person = world.browser();
    await world.signIn(person, world.url('other'), 'ada');
    got.length = 0;
    const lines = [
      cookieLine(person, 'other'),
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 777',
      'Sec-WebSocket-Key: x',
    ];
    const upgrade = getBytes(world, 'other', '/ws', lines).replace('Connection: close', 'Connection: Upgrade');
    const socket = await openSocket(world, 'other');
    const text = await new Promise<string>((resolve) => {
      const chunks: string[] = [];
      socket.on('data', (chunk) => {
        chunks.push(String(chunk));
        socket.write(hidden);
      });
      socket.on('error', () => resolve(chunks.join('')));
      socket.on('close', () => resolve(chunks.join('')));
      socket.write(upgrade + hidden);
    });
    expect(statusesOf(text)).toEqual([426]);
    expect(got).toEqual(['/ws']);
  });
});
