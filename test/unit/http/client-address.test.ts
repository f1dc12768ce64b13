import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findClientAddress } from '../../../src/http/client-address.ts';

const nobody = { names: [], contains: () => false };
const proxies = {
  names: ['10.0.0.0/8'],
  contains: (address: string) => address.startsWith('10.') || address === '2001:db8::1',
};

function find(peer: string | undefined, forwardedFor: readonly string[], trusted = proxies) {
  const result = findClientAddress(
    peer,
    forwardedFor.flatMap((value) => ['X-Forwarded-For', value]),
    trusted,
  );
  return result.outcome === 'known' ? result.address : 'refused';
}

describe('the client’s address', () => {
  test.each([
    ['the peer when nobody is trusted', '203.0.113.7', ['6.6.6.6'], nobody, '203.0.113.7'],
    ['the peer when the peer is not a proxy', '203.0.113.7', ['6.6.6.6'], proxies, '203.0.113.7'],
    ['unmapped', '::ffff:203.0.113.7', [], nobody, '203.0.113.7'],
    ['unmapped before trust is asked', '::ffff:10.0.0.1', ['198.51.100.1'], proxies, '198.51.100.1'],
    ['the rightmost that is no proxy', '10.0.0.1', ['6.6.6.6, 198.51.100.1, 10.0.0.2'], proxies, '198.51.100.1'],
    ['found across repeated headers', '10.0.0.1', ['6.6.6.6, 198.51.100.1', '10.0.0.2'], proxies, '198.51.100.1'],
    ['the leftmost when all are proxies', '10.0.0.1', ['10.0.0.3, 10.0.0.2'], proxies, '10.0.0.3'],
    ['the proxy when it says nothing', '10.0.0.1', [], proxies, '10.0.0.1'],
    ['free of ports', '10.0.0.1', ['[2001:DB8:0::2]:443, 10.0.0.2:80'], proxies, '2001:db8::2'],
    ['unmapped in the list', '10.0.0.1', ['::ffff:198.51.100.1'], proxies, '198.51.100.1'],
    [
      'not disturbed by what the client wrote further left',
      '10.0.0.1',
      ['nonsense, 198.51.100.1'],
      proxies,
      '198.51.100.1',
    ],
    ['refused for a word', '10.0.0.1', ['unknown'], proxies, 'refused'],
    ['refused for an empty list', '10.0.0.1', [''], proxies, 'refused'],
    ['refused for an empty item', '10.0.0.1', ['198.51.100.1,'], proxies, 'refused'],
    ['refused for an odd spelling', '10.0.0.1', ['0x7f.1'], proxies, 'refused'],
    ['refused for octal digits', '10.0.0.1', ['198.051.100.1'], proxies, 'refused'],
    ['refused when the client has gone', undefined, [], proxies, 'refused'],
  ])('is %s', (_, peer, forwardedFor, trusted, address) => {
    expect(find(peer, forwardedFor, trusted)).toBe(address);
  });

  test('is never one that stands left of an address that is not trusted', () => {
    fc.assert(
      fc.property(fc.array(fc.ipV4()), fc.ipV4(), fc.array(fc.constant('10.1.1.1')), (left, client, right) => {
        fc.pre(!client.startsWith('10.'));
        expect(find('10.0.0.1', [[...left, client, ...right].join(', ')])).toBe(client);
      }),
    );
  });
});
