import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { getRequest } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

let upgrades: number;

beforeEach(async () => {
  upgrades = 0;
  await wire.startUpstream((_request, response) => response.end('plain'));
  wire.upstream.server.on('upgrade', (_request, socket) => {
    upgrades += 1;
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  });
  await wire.startProxy();
});

test.each(['h2c', 'HTTP/2.0', 'TLS/1.0', 'websocket, h2c', 'h2c, websocket', 'WebTransport', 'web socket'])(
  'Upgrade: %s opens no tunnel',
  async (protocol) => {
    const headers = [`Upgrade: ${protocol}`, 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'];
    const text = getRequest('/', headers).replace('Connection: close', 'Connection: Upgrade, HTTP2-Settings');
    expect(await wire.send(text)).not.toMatch(/ 101 /);
    expect(upgrades).toBe(0);
  },
);

test('a POST opens no tunnel', async () => {
  const text = getRequest('/', ['Upgrade: websocket', 'Content-Length: 0'])
    .replace('Connection: close', 'Connection: Upgrade')
    .replace('GET', 'POST');
  expect(await wire.send(text)).not.toMatch(/ 101 /);
  expect(upgrades).toBe(0);
});

test.each(['/a/../b', '//evil', '/%2e%2e/b', '/a%2fb', 'http://evil.example/'])(
  'an upgrade of %s is refused like a request',
  async (path) => {
    const text = getRequest(path, ['Upgrade: websocket']).replace('Connection: close', 'Connection: Upgrade');
    expect(await wire.send(text)).toMatch(/^HTTP\/1\.1 400 /);
    expect(upgrades).toBe(0);
  },
);

test('an upgrade that is smuggled past a rejected one is not read', async () => {
  wire.upstream.server.removeAllListeners('upgrade');
  wire.upstream.server.on('upgrade', (_request, socket) =>
    socket.write('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n'),
  );
  const seen: (string | undefined)[] = [];
  wire.upstream.server.on('request', (request) => seen.push(request.url));
  const client = connect(wire.proxy.port, '127.0.0.1');
  client.write(
    getRequest('/ws', ['Upgrade: websocket', 'Sec-WebSocket-Version: 777']).replace(
      'Connection: close',
      'Connection: Upgrade',
    ),
  );
  let received = '';
  client.on('data', (chunk) => {
    received += chunk;
    if (received.includes('426')) client.write('GET /smuggled HTTP/1.1\r\nHost: app.example\r\n\r\n');
  });
  client.on('error', () => undefined);
  await once(client, 'close');
  expect(received).toMatch(/^HTTP\/1\.1 426 /);
  expect(received).toMatch(/connection: close/i);
  expect(seen).toEqual([]);
});
