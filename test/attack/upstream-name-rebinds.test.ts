import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { resolverThat, segmentOf, upgradeHeaders } from '../support/segment-resolver.ts';
import { getRequest } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

/** What the attacker wants: a service that listens on this machine for this machine only. */
let connections: number;

beforeEach(async () => {
  connections = 0;
  await wire.startUpstream((_request, response) => response.end('secrets'));
  wire.upstream.server.on('connection', () => {
    connections += 1;
  });
});

const get = getRequest('/');
const upgrade = getRequest('/', upgradeHeaders).replace('Connection: close', 'Connection: Upgrade');

test.each([
  ['request', get],
  ['upgrade', upgrade],
])('a name that resolved into the segment and then to loopback leads no %s there', async (_, text) => {
  const resolver = resolverThat(['127.0.0.2'], ['127.0.0.1']);
  await wire.startProxy({
    upstreams: [new URL(`http://app.rebind.example:${wire.upstream.port}`)],
    target: { segment: segmentOf('127.0.0.2') },
    dial: { lookup: resolver.lookup },
    connectTimeoutMs: 500,
  });
  expect(await wire.send(text)).toMatch(/^HTTP\/1\.1 502 /);
  expect(await wire.send(text)).toMatch(/^HTTP\/1\.1 502 /);
  expect(resolver.asked).toHaveLength(2);
  expect(wire.proxy.faults.at(-1)?.message).toContain('127.0.0.1 is outside the upstreams of the segment "finance"');
  expect(connections).toBe(0);
});

test.each([
  ['request', get],
  ['upgrade', upgrade],
])('an answer with an allowed and a forbidden address leads no %s to the forbidden one', async (_, text) => {
  const resolver = resolverThat(['127.0.0.2', '127.0.0.1'], ['127.0.0.1', '127.0.0.2']);
  await wire.startProxy({
    upstreams: [new URL(`http://app.rebind.example:${wire.upstream.port}`)],
    target: { segment: segmentOf('127.0.0.2') },
    dial: { lookup: resolver.lookup },
    connectTimeoutMs: 500,
  });
  for (let time = 0; time < 2; time += 1) expect(await wire.send(text)).toMatch(/^HTTP\/1\.1 502 /);
  expect(connections).toBe(0);
});

test('a connection that was allowed once is not lent to a route that may not have it', async () => {
  await wire.startProxy({ target: { segment: segmentOf('127.0.0.1') } });
  expect(await wire.send(get)).toMatch(/ 200 OK/);
  expect(connections).toBe(1);
  await wire.proxy.close();
  await wire.startProxy({
    target: { segment: { ...segmentOf('10.20.0.0/16'), name: 'other' } },
  });
  expect(await wire.send(get)).toMatch(/^HTTP\/1\.1 502 /);
  expect(connections).toBe(1);
});
