import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { parseBlockList } from '../../../../src/risk/sources/block-list.ts';
import { cpuMsOf } from '../../../support/cpu-time.ts';

describe('a block list', () => {
  test('holds addresses and networks, one a line, with comments', async () => {
    const list = await parseBlockList('# made up\n203.0.113.7\r\n\n198.51.100.0/24 ; all of it\n2001:db8:5::/48\n');
    expect(list.size).toBe(3);
    const inside = ['203.0.113.7', '::ffff:203.0.113.7', '198.51.100.255', '2001:db8:5:ffff::1'];
    const outside = ['203.0.113.8', '198.51.101.0', '2001:db8:6::', 'nonsense', ''];
    expect(inside.map((address) => list.contains(address))).toEqual(inside.map(() => true));
    expect(outside.map((address) => list.contains(address))).toEqual(outside.map(() => false));
  });

  test('with a line that is none is refused, and the line named', async () => {
    await expect(parseBlockList('203.0.113.7\nbad.example\n')).rejects.toThrow('line 2 is not a network');
    await expect(parseBlockList('10.1.2.3/8')).rejects.toThrow('line 1');
  });

  test('answers as a look at each network would', async () => {
    const network = fc
      .tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 8, max: 32 }))
      .map(([number, bits]) => {
        const first = bits === 0 ? 0 : Math.floor(number / 2 ** (32 - bits)) * 2 ** (32 - bits);
        return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${bits}`;
      });
    await fc.assert(
      fc.asyncProperty(fc.array(network, { maxLength: 40 }), fc.ipV4(), async (networks, address) => {
        const list = await parseBlockList(networks.join('\n'));
        const asked = [address, ...networks.map((one) => one.split('/')[0] ?? '')];
        for (const one of asked) {
          const expected = networks.some((cidr) => ipaddr.IPv4.parse(one).match(ipaddr.IPv4.parseCIDR(cidr)));
          expect(list.contains(one)).toBe(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('of 100,000 lines is read in pieces and answers at once', async () => {
    const lines = Array.from(
      { length: 100_000 },
      (_, index) => `${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.7`,
    );
    let turns = 0;
    let isRead = false;
    const others = (async () => {
      for (; !isRead; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    })();
    const list = await parseBlockList(lines.join('\n'));
    isRead = true;
    await others;
    expect(list.size).toBe(100_000);
    expect(turns).toBeGreaterThan(50);
    const spentMs = cpuMsOf(() => {
      for (let count = 0; count < 10_000; count += 1) list.contains('10.200.3.7');
    });
    expect(spentMs).toBeLessThan(2_000);
  });
});
