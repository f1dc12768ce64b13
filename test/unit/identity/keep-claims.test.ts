import { describe, expect, test } from '@jest/globals';
import { keepClaims } from '../../../src/identity/keep-claims.ts';

describe('the claims that a session keeps', () => {
  test('are those of the person, not those of the protocol', () => {
    const sent = {
      iss: 'i',
      aud: 'a',
      nonce: 'n',
      acr: '1',
      amr: ['pwd'],
      auth_time: 1,
      sid: 's',
      sub: 'u',
      plan: 'pro',
    };
    expect(keepClaims(sent)).toEqual({ claims: { sub: 'u', plan: 'pro' }, leftOut: [] });
  });

  test('lack what the provider keeps elsewhere, also when it sends a part', () => {
    const sent = { roles: ['some'], plan: 'pro', _claim_names: { roles: 'src1' }, _claim_sources: { src1: {} } };
    expect(keepClaims(sent).claims).toEqual({ plan: 'pro' });
  });

  test('are at most four levels deep', () => {
    const sent = { fits: { a: { b: { c: { d: 1 } } } }, deep: { a: { b: { c: { d: [1] } } } } };
    expect(keepClaims(sent)).toEqual({ claims: { fits: sent.fits }, leftOut: ['deep'] });
  });

  test('are at most 16 KiB together, and a large one does not push out small ones', () => {
    const kept = keepClaims({ large: 'x'.repeat(16 * 1024), small: 'y', other: 1 });
    expect(kept).toEqual({ claims: { small: 'y', other: 1 }, leftOut: ['large'] });
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`claim${index}`, 'é'.repeat(200)]));
    expect(Buffer.byteLength(JSON.stringify(keepClaims(many).claims))).toBeLessThanOrEqual(16 * 1024);
  });

  test('do not depend on the order in which they were sent', () => {
    const sent = Object.entries({ a: 'x'.repeat(9000), b: 'x'.repeat(9000), c: 1 });
    const forth = keepClaims(Object.fromEntries(sent));
    expect(keepClaims(Object.fromEntries([...sent].reverse()))).toEqual(forth);
    expect(forth.leftOut).toEqual(['b']);
  });

  test('set no prototype', () => {
    const { claims } = keepClaims(JSON.parse('{"__proto__":{"admin":true}}'));
    expect(claims['admin']).toBeUndefined();
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
  });
});
