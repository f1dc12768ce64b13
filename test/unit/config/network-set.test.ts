import { describe, expect, test } from '@jest/globals';
import { compileNetworkSet } from '../../../src/config/compile/network-set.ts';
import { parseNetwork } from '../../../src/config/values/network.ts';

function setOf(...texts: readonly string[]) {
  const networks = texts.map((text) => {
    const parsed = parseNetwork(text);
    if (!parsed.ok) throw new Error(`${text} ${parsed.says}`);
    return parsed.value;
  });
  return compileNetworkSet(['office'], networks);
}

describe('a set of networks', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['0.0.0.0/0', 'nonsense', false],
    ['0.0.0.0/0', '', false],
    ['0.0.0.0/0', '10.1', false],
    ['8.0.0.0/8', '010.0.0.1', false],
  ])('%s has %s: %s, also when asked again', (network, address, isInside) => {
    const set = setOf(network);
    expect([set.contains(address), set.contains(address)]).toEqual([isInside, isInside]);
  });

  test('an empty set has nobody in it', () => {
    expect(setOf().contains('127.0.0.1')).toBe(false);
  });

  test.each([
    '10.0.0.1/8',
    '10.0.0.0/33',
    '2001:db8::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.1',
    '0x0a.0.0.0/8',
    '10.0.0.0/-1',
    'localhost',
    '',
    '::1%lo',
    '2001:db8::1/32',
  ])('"%s" is refused', (text) => {
    expect(parseNetwork(text).ok).toBe(false);
  });
});
