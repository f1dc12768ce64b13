import { afterEach, describe, expect, test } from '@jest/globals';
import { resolverThat, segmentOf, upgradeHeaders } from '../support/segment-resolver.ts';
import { getRequest } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

const get = getRequest('/latest/meta-data/iam/security-credentials/');
const upgrade = getRequest('/', upgradeHeaders).replace('Connection: close', 'Connection: Upgrade');

const addresses = [
  '169.254.169.254',
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '169.254.170.2',
  'fe80::a9fe:a9fe%lo',
  '0.0.0.0',
  '::',
];

describe.each([
  ['request', get],
  ['upgrade', upgrade],
])('no %s', (_, text) => {
  test.each(addresses)(
    'reaches %s by a name that resolves to it, in no segment and in the widest one',
    async (address) => {
      for (const segment of [undefined, segmentOf('0.0.0.0/0', '::/0')]) {
        await wire.startProxy({
          upstreams: [new URL('http://metadata.attacker.example')],
          target: { segment },
          dial: { lookup: resolverThat([address]).lookup },
        });
        expect(await wire.send(text)).toMatch(/^HTTP\/1\.1 502 /);
        expect(wire.proxy.faults[0]?.message).toMatch(
          /^http:\/\/metadata\.attacker\.example was not dialled: \S+ is (a metadata address|a link-local address|an unspecified address)/,
        );
      }
    },
  );
});
