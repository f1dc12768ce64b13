import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

const long = 'x'.repeat(100_000);

async function startWith(headerBytes: number | undefined): Promise<void> {
  await wire.startRawUpstream((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (request: Buffer) => {
      const isUpgrade = /upgrade: websocket/i.test(request.toString('latin1'));
      const first = isUpgrade
        ? 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket'
        : 'HTTP/1.1 200 OK\r\nContent-Length: 2';
      socket.end(`${first}\r\nX-Long: ${long}\r\n\r\n${isUpgrade ? '' : 'ok'}`);
    });
  });
  await wire.startProxy({ target: { headerBytes } });
}

const upgrade = [
  'GET /socket HTTP/1.1',
  'Host: app.example',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
  '',
].join('\r\n');

test.each([undefined, 65_536])('an answer with a head of 100 kB is a 502 where %s bytes are taken', async (bytes) => {
  await startWith(bytes);
  expect(await wire.send(getRequest('/'))).toMatch(/^HTTP\/1\.1 502 /);
  expect(wire.proxy.faults.map(({ message }) => message)).toEqual([
    expect.stringContaining('larger than upstream.header_bytes of the route'),
  ]);
  expect(await wire.send(upgrade)).toMatch(/^HTTP\/1\.1 502 /);
});

test('an answer with a head of 100 kB passes where the route takes that, of a WebSocket too', async () => {
  await startWith(262_144);
  expect(await wire.send(getRequest('/'))).toContain(long);
  const client = connect(wire.proxy.port, '127.0.0.1');
  client.write(upgrade);
  let received = '';
  client.on('data', (chunk: Buffer) => {
    received += chunk;
  });
  await once(client, 'close');
  expect(received).toMatch(/^HTTP\/1\.1 101 /);
  expect(received).toContain(long);
});
