import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

let seen: string[];

beforeEach(async () => {
  seen = [];
  await wire.open((request, response) => {
    let body = '';
    request.on('error', () => undefined);
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${body}`);
      response.end('ok');
    });
  });
  wire.proxy.server.on('clientError', (_error, socket) =>
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
  );
});

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: app.example\r\nX: y\r\n\r\n';
const head = 'POST /outer HTTP/1.1\r\nHost: app.example\r\n';

test.each([
  ['both lengths', `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['both, the other way round', `${head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${smuggled}`],
  ['two lengths', `${head}Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`],
  ['a list of lengths', `${head}Content-Length: 0, ${smuggled.length}\r\n\r\n${smuggled}`],
  ['a signed length', `${head}Content-Length: +0\r\n\r\n${smuggled}`],
  ['a hexadecimal length', `${head}Content-Length: 0x0\r\n\r\n${smuggled}`],
  ['an encoding that only looks like chunked', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
  [
    'chunked and identity',
    `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  ['chunked, but not last', `${head}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${smuggled}`],
  ['chunked after another encoding', `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['a vertical tab before chunked', `${head}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['a space before the colon', `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['a folded header', `${head}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['a folded value', `${head}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
  ['an underscore', `${head}Transfer_Encoding: chunked\r\nContent-Length: 0\r\n\r\n`],
  ['bare line feeds', `POST /outer HTTP/1.1\nHost: app.example\nContent-Length: 0\n\n${smuggled}`],
  ['a bare carriage return', `${head}X: a\rTransfer-Encoding: chunked\r\n\r\n`],
  ['a NUL in a header', `${head}X: a\0b\r\nContent-Length: 0\r\n\r\n`],
  ['two hosts', `POST /outer HTTP/1.1\r\nHost: app.example\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n`],
  ['a space in the target', `GET /outer HTTP/1.1\r\nX: y HTTP/1.1\r\nHost: a b\r\n\r\n`],
  ['HTTP/2 in clear text', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a version that is none', `POST /outer HTTP/9.9\r\nHost: app.example\r\nContent-Length: 0\r\n\r\n`],
])('%s: refused, and nothing of it reaches the app', async (_, text) => {
  const received = await wire.send(text);
  expect(received).toMatch(/^HTTP\/1\.1 400 /);
  expect(received).not.toMatch(/ 200 OK/);
  expect(seen).toEqual([]);
});

test.each([
  ['a chunk size with junk', '0x3\r\nabc\r\n0\r\n\r\n'],
  ['a chunk size that overflows', 'ffffffffffffffff1\r\nabc\r\n0\r\n\r\n'],
  ['a chunk longer than it says', '1\r\nabc\r\n0\r\n\r\n'],
  ['a chunk extension with a bare line feed', '1;a=\n\r\nX\r\n0\r\n\r\n'],
  ['a chunk that ends in a bare line feed', '1\r\nX\n0\r\n\r\n'],
])('%s ends the connection before another request can be read', async (_, body) => {
  await wire.send(`${head}Transfer-Encoding: chunked\r\n\r\n${body}${smuggled}`);
  expect(seen.filter((line) => line.includes('/smuggled'))).toEqual([]);
});

test('a second request behind the first is parsed and judged by itself', async () => {
  const text = `POST /outer HTTP/1.1\r\nHost: app.example\r\nContent-Length: 3\r\n\r\nabcGET //evil HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n`;
  const received = await wire.send(text);
  expect(received).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(received).toMatch(/HTTP\/1\.1 400 /);
  expect(seen).toEqual(['POST /outer abc']);
});

test('a body shorter than its length is never completed with another client’s request', async () => {
  const cut = wire.send(`${head}Content-Length: 100\r\nConnection: close\r\n\r\nhalf`);
  while (wire.upstream.sockets.size === 0) await new Promise(setImmediate);
  for (const socket of wire.proxy.sockets) socket.destroy();
  await cut;
  const other = await wire.send('GET /other HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n');
  expect(other).toMatch(/ 200 OK/);
  expect(seen).toEqual(['GET /other ']);
});

test('a GET with a body does not leave its body behind as a request', async () => {
  const text = `GET /outer HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`;
  await wire.send(text);
  await wire.send('GET /other HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n');
  expect(seen.map((line) => line.split(' ')[1])).toEqual(['/outer', '/other']);
});
