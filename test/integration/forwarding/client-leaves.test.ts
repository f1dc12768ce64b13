import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import {
  getRequest,
  type RunningProxy,
  type RunningServer,
  startProxy,
  startUpstream,
} from '../../support/wire-proxy.ts';

let upstream: RunningServer;
let proxy: RunningProxy;

afterEach(async () => {
  await proxy.close();
  await upstream.close();
});

async function leaveTwentyTimes(waitFor: 'request' | 'first byte'): Promise<number> {
  let released = 0;
  const arrivals: (() => void)[] = [];
  const releases: Promise<void>[] = [];
  upstream = await startUpstream((_request, response) => {
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
  proxy = await startProxy({ upstreams: [upstream.url] });
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const arrived = new Promise<void>((resolve) => arrivals.push(resolve));
      const client = connect(proxy.port, '127.0.0.1');
      client.write(getRequest('/'));
      await (waitFor === 'request' ? arrived : once(client, 'data'));
      const outcome = proxy.nextOutcome();
      client.destroy();
      await outcome;
    }),
  );
  await Promise.all(releases);
  return released;
}

test('a client that leaves before the upstream answers releases the upstream, 20 times of 20', async () => {
  expect(await leaveTwentyTimes('request')).toBe(20);
  expect(proxy.results.map((result) => result.result)).toEqual(Array(20).fill('client_gone'));
  expect(proxy.results.every((result) => result.status === 0)).toBe(true);
  expect(upstream.sockets.size).toBe(0);
});

test('a client that leaves an event stream releases the upstream, 20 times of 20', async () => {
  expect(await leaveTwentyTimes('first byte')).toBe(20);
  expect(proxy.results.every((result) => result.result === 'client_gone' && result.status === 200)).toBe(true);
  expect(upstream.sockets.size).toBe(0);
});

test('a client that leaves in mid-upload releases the upstream and is no fault', async () => {
  const released = Promise.withResolvers<void>();
  upstream = await startUpstream((request) => {
    request.on('error', () => undefined);
    request.on('close', released.resolve);
    request.resume();
  });
  proxy = await startProxy({ upstreams: [upstream.url] });
  const client = connect(proxy.port, '127.0.0.1');
  client.write('POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 1000\r\n\r\nhalf');
  await once(upstream.server, 'request');
  const outcome = proxy.nextOutcome();
  client.destroy();
  await Promise.all([released.promise, outcome]);
  expect(proxy.results).toMatchObject([{ result: 'client_gone', status: 0 }]);
  expect(proxy.faults).toEqual([]);
});

test('a client that leaves while the upstream’s connection is not there yet is not waited for', async () => {
  upstream = await startUpstream((_request, response) => response.end());
  proxy = await startProxy({ upstreams: [new URL('http://192.0.2.1:9')] });
  const client = connect(proxy.port, '127.0.0.1');
  client.write(getRequest('/'));
  await once(proxy.server, 'request');
  const outcome = proxy.nextOutcome();
  client.destroy();
  await outcome;
  expect([...proxy.results.map((result) => result.result), ...proxy.faults.map((fault) => fault.code)]).toHaveLength(1);
});
