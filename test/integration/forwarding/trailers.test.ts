import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

async function startWithTrailers(headers: Record<string, string>): Promise<void> {
  await wire.open((_request, response) => {
    response.writeHead(200, headers);
    response.write('body');
    response.addTrailers({ 'X-Checksum': 'abc', 'Set-Cookie': '__Host-postern=stolen' });
    response.end();
  });
}

test('response trailers are kept, and cannot set a cookie', async () => {
  await startWithTrailers({ trailer: 'X-Checksum' });
  const received = (await wire.send(getRequest('/'))).toLowerCase();
  expect(received).toContain('trailer: x-checksum');
  expect(received).toMatch(/0\r\nx-checksum: abc\r\n\r\n$/);
  expect(received).not.toContain('set-cookie');
});

test('trailers for a client that can take none are left out', async () => {
  await startWithTrailers({ trailer: 'X-Checksum' });
  const received = await wire.send('GET / HTTP/1.0\r\nHost: app.example\r\n\r\n');
  expect(received).toMatch(/ 200 OK/);
  expect(received.toLowerCase()).not.toContain('x-checksum');
  expect(received).toMatch(/\r\n\r\nbody$/);
});

test('an answer to HEAD that announces trailers is no fault', async () => {
  await wire.startRawUpstream((socket) => {
    socket.on('data', () =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n'),
    );
  });
  await wire.startProxy();
  const received = await wire.send(getRequest('/').replace('GET', 'HEAD'));
  expect(received).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(wire.proxy.faults).toEqual([]);
});

/** A chunked POST of `hi` with a trailer behind it. */
const withTrailer = (announcement: string) =>
  `POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n${announcement}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Postern-User: mallory\r\n\r\n`;

test('a request that announces trailers is refused before the app hears of it', async () => {
  let calls = 0;
  await wire.open((_request, response) => {
    calls += 1;
    response.end();
  });
  expect(await wire.send(withTrailer('Trailer: X-Postern-User\r\n'))).toContain('request_trailers');
  expect(calls).toBe(0);
});

test('a request with trailers that it did not announce is refused, and the app never takes its body for whole', async () => {
  let hasEnded = false;
  const aborted = Promise.withResolvers<string[]>();
  await wire.open((request, response) => {
    request.on('error', () => undefined);
    request.resume();
    request.on('end', () => {
      hasEnded = true;
      response.end();
    });
    request.on('close', () => aborted.resolve([...request.rawHeaders, ...request.rawTrailers]));
  });
  expect(await wire.send(withTrailer(''))).toContain('request_trailers');
  expect((await aborted.promise).join('\n')).not.toMatch(/mallory|trailer/i);
  expect(hasEnded).toBe(false);
});

test('trailers behind a body that the app has answered already trouble nobody', async () => {
  await wire.startRawUpstream((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  });
  await wire.startProxy();
  const client = connect(wire.proxy.port, '127.0.0.1');
  const [head, tail] = withTrailer('').split('2\r\nhi');
  client.write(`${head}2\r\nhi`);
  let received = '';
  client.on('data', (chunk: Buffer) => {
    received += chunk;
  });
  await once(client, 'data');
  client.write(tail ?? '');
  await once(client, 'close');
  expect(received).toMatch(/^HTTP\/1\.1 200 OK.*ok$/s);
  expect(wire.proxy.faults).toEqual([]);
});

test('a Trailer header on a request that can have none is nothing', async () => {
  await wire.open((request, response) => response.end(JSON.stringify(request.headers)));
  const received = await wire.send(getRequest('/', ['Trailer: X-A']));
  expect(received).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(received).not.toContain('"trailer"');
});
