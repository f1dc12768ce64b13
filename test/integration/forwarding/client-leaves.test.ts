import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

async function leaveTwentyTimes(waitFor: 'request' | 'first byte'): Promise<number> {
  let released = 0;
  const arrivals: (() => void)[] = [];
  const releases: Promise<void>[] = [];
  await wire.open((_request, response) => {
    releases.push(
      new Promise((resolve) =>
        response.on('close', () => {
          if (!response.writableFinished) released += 1;
          resolve();
        }),
      ),
    );
    if (waitFor === 'first byte') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    }
    arrivals.shift()?.();
  });
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const arrived = new Promise<void>((resolve) => arrivals.push(resolve));
      const client = connect(wire.proxy.port, '127.0.0.1');
      client.write(getRequest('/'));
      await (waitFor === 'request' ? arrived : once(client, 'data'));
      const outcome = wire.proxy.nextOutcome();
      client.destroy();
      await outcome;
    }),
  );
  await Promise.all(releases);
  return released;
}

test('a client that leaves before the upstream answers releases the upstream, 20 times of 20', async () => {
  expect(await leaveTwentyTimes('request')).toBe(20);
  expect(wire.proxy.results.map((result) => result.result)).toEqual(Array(20).fill('client_gone'));
  expect(wire.proxy.results.every((result) => result.status === 0)).toBe(true);
  expect(wire.upstream.sockets.size).toBe(0);
});

test('a client that leaves an event stream releases the upstream, 20 times of 20', async () => {
  expect(await leaveTwentyTimes('first byte')).toBe(20);
  expect(wire.proxy.results.every((result) => result.result === 'client_gone' && result.status === 200)).toBe(true);
  expect(wire.upstream.sockets.size).toBe(0);
});

test('a client that leaves in mid-upload releases the upstream and is no fault', async () => {
  const released = Promise.withResolvers<void>();
  await wire.open((request) => {
    request.on('error', () => undefined);
    request.on('close', released.resolve);
    request.resume();
  });
  const client = connect(wire.proxy.port, '127.0.0.1');
  client.write('POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 1000\r\n\r\nhalf');
  await once(wire.upstream.server, 'request');
  const outcome = wire.proxy.nextOutcome();
  client.destroy();
  await Promise.all([released.promise, outcome]);
  expect(wire.proxy.results).toMatchObject([{ result: 'client_gone', status: 0 }]);
  expect(wire.proxy.faults).toEqual([]);
});

test('a client that leaves while the upstream’s connection is not there yet is not waited for', async () => {
  await wire.open((_request, response) => response.end(), { upstreams: [new URL('http://192.0.2.1:9')] });
  const client = connect(wire.proxy.port, '127.0.0.1');
  client.write(getRequest('/'));
  await once(wire.proxy.server, 'request');
  const outcome = wire.proxy.nextOutcome();
  client.destroy();
  await outcome;
  expect([
    ...wire.proxy.results.map((result) => result.result),
    ...wire.proxy.faults.map((fault) => fault.code),
  ]).toHaveLength(1);
});
