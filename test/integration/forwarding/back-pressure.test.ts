import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

const total = 64 * 1024 * 1024;

/** Waits until a count has stopped growing for 300 ms. */
async function untilStill(count: () => number): Promise<number> {
  let last = -1;
  while (count() !== last) {
    last = count();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return last;
}

test('a client that does not read stops the upstream from sending, and gets everything once it reads', async () => {
  let sent = 0;
  const chunk = Buffer.alloc(256 * 1024, 'x');
  await wire.open((_request, response) => {
    response.writeHead(200, { 'content-length': String(total) });
    const write = () => {
      while (sent < total) {
        sent += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', write);
          return;
        }
      }
      response.end();
    };
    write();
  });
  const client = connect(wire.proxy.port, '127.0.0.1');
  client.pause();
  client.write(getRequest('/'));
  await once(wire.upstream.server, 'request');
  expect(await untilStill(() => sent)).toBeLessThan(total / 2);
  let received = 0;
  client.on('data', (data: Buffer) => {
    received += data.length;
  });
  client.resume();
  await once(client, 'close');
  expect(received).toBeGreaterThan(total);
  expect(received).toBeLessThan(total + 1000);
});

test('an upstream that does not read stops the client from sending, and gets everything once it reads', async () => {
  let arrived = 0;
  let read: () => void = () => undefined;
  await wire.open(
    (request, response) => {
      read = () => {
        request.on('data', (data: Buffer) => {
          arrived += data.length;
        });
        request.on('end', () => response.end(String(arrived)));
      };
    },
    { limits: { bodyBytes: total } },
  );
  const client = connect(wire.proxy.port, '127.0.0.1');
  client.write(`POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: ${total}\r\n\r\n`);
  client.write(Buffer.alloc(total, 'x'));
  await once(wire.upstream.server, 'request');
  expect(await untilStill(() => client.bytesWritten - client.writableLength)).toBeLessThan(total);
  const socket = [...wire.upstream.sockets][0];
  expect(await untilStill(() => socket?.bytesRead ?? 0)).toBeLessThan(total / 2);
  read();
  let received = '';
  client.on('data', (data: Buffer) => {
    received += data;
  });
  await once(client, 'close');
  expect(received).toMatch(new RegExp(`${total}`));
});
