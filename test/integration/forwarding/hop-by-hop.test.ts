import { afterEach, expect, test } from '@jest/globals';
import { getRequest, pairsOf } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

test('headers that are of one hop, or that Connection names, do not go up', async () => {
  let seen: [string, string][] = [];
  await wire.open((request, response) => {
    seen = pairsOf(request.rawHeaders);
    response.end();
  });
  await wire.send(
    getRequest('/', [
      'Connection: X-Secret',
      'X-Secret: 1',
      'Keep-Alive: timeout=5',
      'TE: trailers',
      'Proxy-Authorization: Basic eA==',
      'Proxy-Connection: close',
      'X-Kept: 1',
    ]),
  );
  expect(seen).toEqual([
    ['host', 'app.example'],
    ['connection', 'keep-alive'],
    ['x-kept', '1'],
    ['x-forwarded-for', '192.0.2.1'],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', 'app.example'],
  ]);
});

test('headers that are of one hop, or that Connection names, do not come down', async () => {
  await wire.open((_request, response) => {
    response.writeHead(200, {
      connection: 'X-Internal, close',
      'x-internal': '1',
      'proxy-authenticate': 'Basic',
      'keep-alive': 'timeout=99',
      'x-kept': '1',
    });
    response.end();
  });
  const received = (await wire.send(getRequest('/'))).toLowerCase();
  expect(received).toContain('x-kept: 1');
  expect(received).not.toMatch(/x-internal|proxy-authenticate|timeout=99/);
});

test('the client’s Connection: close does not close the connection to the upstream', async () => {
  await wire.startUpstream((_request, response) => response.end('ok'));
  let connections = 0;
  wire.upstream.server.on('connection', () => {
    connections += 1;
  });
  await wire.startProxy();
  for (let count = 0; count < 20; count++) expect(await wire.send(getRequest('/'))).toMatch(/ 200 /);
  expect(connections).toBe(1);
});

test('the upstream’s Connection: close does not close the client’s connection', async () => {
  await wire.open((_request, response) => {
    response.shouldKeepAlive = false;
    response.end('ok');
  });
  const two = `GET / HTTP/1.1\r\nHost: app.example\r\n\r\n${getRequest('/')}`;
  const received = await wire.send(two);
  expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
});

test('X-Forwarded-For is ours alone', async () => {
  let seen: [string, string][] = [];
  await wire.open((request, response) => {
    seen = pairsOf(request.rawHeaders);
    response.end();
  });
  await wire.send(getRequest('/', ['X-Forwarded-For: 6.6.6.6', 'x_forwarded_for: 6.6.6.6', 'Forwarded: for=6.6.6.6']));
  expect(seen.filter(([, value]) => value.includes('6.6.6.6'))).toEqual([]);
  expect(seen).toContainEqual(['x-forwarded-for', '192.0.2.1']);
});
