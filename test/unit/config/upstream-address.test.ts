import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Network, parseNetwork } from '../../../src/config/values/network.ts';
import { refuseAddress } from '../../../src/config/values/upstream-address.ts';

function segment(...cidrs: readonly string[]) {
  const networks = cidrs.map((cidr): Network => {
    const parsed = parseNetwork(cidr);
    if (!parsed.ok) throw new Error(cidr);
    return parsed.value;
  });
  return { name: 'finance', networks };
}

describe('a route in no segment', () => {
  test.each([
    ['0.0.0.0', 'is an unspecified address'],
    ['0.1.2.3', 'is an unspecified address'],
    ['::', 'is an unspecified address'],
    ['169.254.7.7', 'is a link-local address'],
    ['fe80::1', 'is a link-local address'],
    ['fe80::1%eth0', 'is a link-local address'],
    ['febf::1', 'is a link-local address'],
    ['169.254.169.254', 'is a link-local address'],
    ['fd00:ec2::254', 'is a metadata address of a cloud'],
    ['fd00:0ec2:0::0254', 'is a metadata address of a cloud'],
    ['fd20:ce::254', 'is a metadata address of a cloud'],
    ['100.100.100.200', 'is a metadata address of a cloud'],
    ['168.63.129.16', 'is a metadata address of a cloud'],
    ['192.0.0.192', 'is a metadata address of a cloud'],
    ['224.0.0.1', 'is a multicast address'],
    ['ff02::1', 'is a multicast address'],
    ['255.255.255.255', 'is a broadcast address'],
    ['::ffff:169.254.169.254', 'is a link-local address'],
    ['::ffff:a9fe:a9fe', 'is a link-local address'],
    ['::ffff:0.0.0.0', 'is an unspecified address'],
    ['64:ff9b::a9fe:a9fe', 'leads to 169.254.169.254, a link-local address'],
    ['64:ff9b::169.254.169.254', 'leads to 169.254.169.254, a link-local address'],
    ['64:ff9b:1::169.254.169.254', 'leads to 169.254.169.254, a link-local address'],
    ['::ffff:0:169.254.169.254', 'leads to 169.254.169.254, a link-local address'],
    ['::169.254.169.254', 'leads to 169.254.169.254, a link-local address'],
    ['2002:a9fe:a9fe::1', 'leads to 169.254.169.254, a link-local address'],
    ['64:ff9b::6464:64c8', 'leads to 100.100.100.200, a metadata address of a cloud'],
    ['localhost', 'is not an address'],
    ['', 'is not an address'],
    ['0x7f.1', 'is not an address'],
    ['127.1', 'is not an address'],
  ])('does not reach %s: it %s', (address, says) => {
    expect(refuseAddress(address, undefined)?.says).toBe(says);
  });

  test.each(['127.0.0.1', '::ffff:127.0.0.1', '10.20.0.5', '192.168.1.1', '93.184.216.34', '2001:db8::1', 'fd12::1'])(
    'reaches %s',
    (address) => {
      expect(refuseAddress(address, undefined)).toBeUndefined();
    },
  );

  // ::1 lies in the range of IPv4-compatible addresses, where it would read as 0.0.0.1.
  test('reaches ::1', () => {
    expect(refuseAddress('::1', undefined)).toBeUndefined();
  });
});

describe('a route in a segment', () => {
  test('reaches its networks and nothing else', () => {
    const allowed = segment('10.20.0.0/16', '2001:db8:20::/48');
    for (const address of ['10.20.0.0', '10.20.255.255', '::ffff:10.20.0.5', '2001:db8:20::5']) {
      expect(refuseAddress(address, allowed)).toBeUndefined();
    }
    for (const address of [
      '10.19.255.255',
      '10.21.0.0',
      '127.0.0.1',
      '::1',
      '2001:db8:21::5',
      '64:ff9b::10.20.0.5',
      '::10.20.0.5',
    ]) {
      expect(refuseAddress(address, allowed)).toEqual({
        kind: 'outside_segment',
        says: 'is outside the upstreams of the segment "finance"',
      });
    }
  });

  test('a wide network opens no special range', () => {
    const allowed = segment('0.0.0.0/0', '::/0');
    expect(refuseAddress('10.1.2.3', allowed)).toBeUndefined();
    expect(refuseAddress('64:ff9b::10.20.0.5', allowed)).toBeUndefined();
    for (const address of ['169.254.169.254', '169.254.1.1', 'fe80::1', '100.100.100.200', '0.0.0.0', 'ff02::1']) {
      expect(refuseAddress(address, allowed)?.kind).toBe('special');
    }
    expect(refuseAddress('64:ff9b::169.254.169.254', allowed)?.kind).toBe('special');
  });

  test('a network inside a special range opens what it names, and not a narrower range in it', () => {
    const linkLocal = segment('169.254.0.0/16');
    expect(refuseAddress('169.254.7.7', linkLocal)).toBeUndefined();
    expect(refuseAddress('169.254.169.254', linkLocal)?.says).toBe('is a metadata address of a cloud');
    expect(refuseAddress('169.254.169.254', segment('169.254.169.254'))).toBeUndefined();
    expect(refuseAddress('169.254.169.253', segment('169.254.169.254'))?.kind).toBe('outside_segment');
  });

  test('an address that does not lie in a network of its own family is never reached', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), (octets) => {
        const text = octets.join('.');
        const isInside = octets[0] === 10 && octets[1] === 20;
        for (const form of [text, `::ffff:${text}`]) {
          expect(refuseAddress(form, segment('10.20.0.0/16')) === undefined).toBe(isInside);
        }
        expect(refuseAddress(`64:ff9b::${text}`, segment('10.20.0.0/16'))?.kind).toBe('outside_segment');
      }),
    );
  });
});
