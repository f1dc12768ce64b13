import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { resolverThat, segmentOf } from '../support/segment-resolver.ts';
import { getRequest } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

let connections: number;

beforeEach(async () => {
  connections = 0;
  await wire.startUpstream((_request, response) => response.end('secrets'));
  wire.upstream.server.on('connection', () => {
    connections += 1;
  });
});

/** The very address in other clothes, as a resolver may answer it. */
const answers = [
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:127.0.0.1',
  '::ffff:127.0.0.1%lo',
  '0.0.0.0',
  '::',
];

/** And as it can be written in the configuration's URL. */
const literals = [
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '0',
  '[::]',
];

describe('an address outside the segment', () => {
  test.each(answers)('answered as %s is not reached', async (address) => {
    await wire.startProxy({
      upstreams: [new URL(`http://app.internal:${wire.upstream.port}`)],
      target: { segment: segmentOf('10.20.0.0/16', '2001:db8::/32') },
      dial: { lookup: resolverThat([address]).lookup },
    });
    expect(await wire.send(getRequest('/'))).toMatch(/^HTTP\/1\.1 502 /);
    expect(connections).toBe(0);
  });

  test.each(literals)('written as %s is not reached', async (host) => {
    await wire.startProxy({
      upstreams: [new URL(`http://${host}:${wire.upstream.port}`)],
      target: { segment: segmentOf('10.20.0.0/16', '2001:db8::/32') },
    });
    expect(await wire.send(getRequest('/'))).toMatch(/^HTTP\/1\.1 502 /);
    expect(connections).toBe(0);
  });
});

describe('an address that no route may reach', () => {
  test.each([
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '::169.254.169.254',
    '::ffff:0:a9fe:a9fe',
    'fe80::1%lo',
  ])('answered as %s is not dialled', async (address) => {
    await wire.startProxy({
      upstreams: [new URL(`http://app.internal:${wire.upstream.port}`)],
      dial: { lookup: resolverThat([address]).lookup },
    });
    expect(await wire.send(getRequest('/'))).toMatch(/^HTTP\/1\.1 502 /);
    expect(wire.proxy.faults[0]?.message).toMatch(/was not dialled: .*(link-local|169\.254\.169\.254)/);
  });
});
