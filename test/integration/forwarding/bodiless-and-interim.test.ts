import { afterEach, expect, test } from '@jest/globals';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

async function answerWith(bytes: string): Promise<void> {
  await wire.startRawUpstream((socket) => {
    socket.on('data', () => socket.write(bytes));
  });
  await wire.startProxy();
}

test.each([
  ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n', /content-length: 500/i],
  ['GET', 'HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n', /^HTTP\/1\.1 204 No Content/],
  ['GET', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', /^HTTP\/1\.1 304 Not Modified\r\netag: "a"/i],
  ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', /content-length: 0/i],
])('an answer without a body to %s ends (%j)', async (method, bytes, expected) => {
  await answerWith(bytes);
  const received = await wire.send(getRequest('/').replace('GET', method));
  expect(received).toMatch(expected);
  expect(received).toMatch(/\r\n\r\n$/);
  expect(received).not.toMatch(/transfer-encoding/i);
});

test('early hints go on, other interim answers do not, and the final answer is whole', async () => {
  await answerWith(
    'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nSet-Cookie: a=1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  );
  const received = await wire.send(getRequest('/'));
  expect(received).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK/);
  expect(received).toMatch(/ok$/);
  expect(received).not.toContain('a=1');
});

test('a hint that Node cannot write is left out', async () => {
  await answerWith('HTTP/1.1 103 Early Hints\r\nLink: nonsense\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  expect(await wire.send(getRequest('/'))).toMatch(/^HTTP\/1\.1 200 OK/);
});

test('an answer that only the end of the connection ends is passed on whole', async () => {
  await wire.startRawUpstream((socket) => {
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nto the end'));
  });
  await wire.startProxy();
  expect(await wire.send(getRequest('/'))).toContain('to the end');
});
