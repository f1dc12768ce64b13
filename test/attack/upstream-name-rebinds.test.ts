import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { resolverThat, segmentOf, upgradeHeaders } from '../support/segment-resolver.ts';
import {
  getRequest,
  type RunningProxy,
  type RunningServer,
  sendRaw,
  startProxy,
  startUpstream,
} from '../support/wire-proxy.ts';

/** What the attacker wants: a service that listens on this machine for this machine only. */
let inner: RunningServer;
let proxy: RunningProxy;
let connections: number;

beforeEach(async () => {
  connections = 0;
  inner = await startUpstream((_request, response) => response.end('secrets'));
  inner.server.on('connection', () => {
    connections += 1;
  });
});

afterEach(async () => {
  await proxy.close();
  await inner.close();
});

const get = getRequest('/');
const upgrade = getRequest('/', upgradeHeaders).replace('Connection: close', 'Connection: Upgrade');

test.each([
  ['request', get],
  ['upgrade', upgrade],
])('a name that resolved into the segment and then to loopback leads no %s there', async (_, text) => {
  const resolver = resolverThat(['127.0.0.2'], ['127.0.0.1']);
  proxy = await startProxy({
    upstreams: [new URL(`http://app.rebind.example:${inner.port}`)],
    target: { segment: segmentOf('127.0.0.2') },
    dial: { lookup: resolver.lookup },
    connectTimeoutMs: 500,
  });
  expect(await sendRaw(proxy.port, text)).toMatch(/^HTTP\/1\.1 502 /);
  expect(await sendRaw(proxy.port, text)).toMatch(/^HTTP\/1\.1 502 /);
  expect(resolver.asked).toHaveLength(2);
  expect(proxy.faults.at(-1)?.message).toContain('127.0.0.1 is outside the upstreams of the segment "finance"');
  expect(connections).toBe(0);
});

test.each([
  ['request', get],
  ['upgrade', upgrade],
])('an answer with an allowed and a forbidden address leads no %s to the forbidden one', async (_, text) => {
  const resolver = resolverThat(['127.0.0.2', '127.0.0.1'], ['127.0.0.1', '127.0.0.2']);
  proxy = await startProxy({
    upstreams: [new URL(`http://app.rebind.example:${inner.port}`)],
    target: { segment: segmentOf('127.0.0.2') },
    dial: { lookup: resolver.lookup },
    connectTimeoutMs: 500,
  });
  for (let time = 0; time < 2; time += 1) expect(await sendRaw(proxy.port, text)).toMatch(/^HTTP\/1\.1 502 /);
  expect(connections).toBe(0);
});

test('a connection that was allowed once is not lent to a route that may not have it', async () => {
  proxy = await startProxy({ upstreams: [inner.url], target: { segment: segmentOf('127.0.0.1') } });
  expect(await sendRaw(proxy.port, get)).toMatch(/ 200 OK/);
  expect(connections).toBe(1);
  await proxy.close();
  proxy = await startProxy({
    upstreams: [inner.url],
    target: { segment: { ...segmentOf('10.20.0.0/16'), name: 'other' } },
  });
  expect(await sendRaw(proxy.port, get)).toMatch(/^HTTP\/1\.1 502 /);
  expect(connections).toBe(1);
});
