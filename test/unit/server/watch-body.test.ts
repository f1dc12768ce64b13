import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readWhole } from '../../../src/gateway/keep-post.ts';
import { silentGuard } from '../../../src/http/connection-guard.ts';
import { openListener } from '../../../src/server/listener.ts';
import { watchBody } from '../../../src/server/watch-body.ts';

let server: Server;
let client: Socket;
let arrived: Promise<IncomingMessage>;
/** Half a minute passes. */
let look: () => void;
let isLooking = false;

beforeEach(async () => {
  server = createServer({ requestTimeout: 0 });
  isLooking = false;
  arrived = once(server, 'request').then(([request]) => {
    watchBody(request, {
      leastRateBytes: () => 100,
      guard: silentGuard,
      startLooking(work) {
        isLooking = true;
        look = work;
        return () => {
          isLooking = false;
        };
      },
    });
    return request;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
});
afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const head = (length: number) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
/** What half a minute must bring. */
const enough = 3_000;

describe('a body that hardly comes', () => {
  test.each(['read', 'read whole', 'refused'])('ends its connection: %s', async (how) => {
    client.write(`${head(100_000)}a`);
    const request = await arrived;
    // What nobody reads after its answer is thrown away by Node, as slowly as it comes.
    if (how === 'refused') request.resume();
    else if (how === 'read whole') readWhole(request).catch(() => undefined);
    else request.on('data', () => undefined);
    look();
    await once(client, 'close');
    expect(request.complete).toBe(false);
  });

  test('may take any number of looks while it flows, and is looked at no more once it is there', async () => {
    const looks = 50;
    client.write(head(enough * looks));
    const request = await arrived;
    for (let count = 0; count < looks; count += 1) {
      let came = 0;
      client.write('a'.repeat(enough));
      while (came < enough) came += (await once(request, 'data'))[0].length;
      if (count < looks - 1) look();
    }
    if (!request.complete) await once(request, 'end');
    expect(request.complete).toBe(true);
    expect(isLooking).toBe(false);
  });

  test('is not the client’s fault while nobody reads it', async () => {
    client.write(`${head(100_000)}a`);
    const request = await arrived;
    look();
    look();
    expect(request.socket.destroyed).toBe(false);
    request.resume();
    look();
    expect(request.socket.destroyed).toBe(true);
  });
});

describe('a small body', () => {
  test('that comes with its head is not looked at', async () => {
    client.write(`${head(5)}hello`);
    const request = await arrived;
    await new Promise((resume) => setImmediate(resume));
    expect(isLooking).toBe(false);
    request.resume();
    await once(request, 'end');
  });

  test('of which something is still to come is', async () => {
    client.write(`${head(5)}hell`);
    const request = await arrived;
    await new Promise((resume) => setImmediate(resume));
    expect(isLooking).toBe(true);
    request.on('data', () => undefined);
    look();
    await once(client, 'close');
  });
});

test('a request without a body is not looked at', async () => {
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await arrived;
  expect(isLooking).toBe(false);
});

test('a listener sets no time in which a body must have come', async () => {
  const limits = { headerBytes: 16_384, headerTimeoutMs: 10_000, bodyRateBytes: 256 };
  const handlers = { request: () => undefined, upgrade: () => undefined, malformed: () => '', guard: silentGuard };
  const listener = await openListener({ host: '127.0.0.1', port: 0 } as never, { limits, handlers } as never);
  expect([listener.server.requestTimeout, listener.server.headersTimeout]).toEqual([0, 10_000]);
  listener.cut();
  await listener.stopAccepting();
});
