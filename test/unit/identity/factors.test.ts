import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  clockSkewMs,
  proofTimes,
  provedMethods,
  readAuthentication,
  trustedTime,
} from '../../../src/identity/factors.ts';

const factors = {
  passkey: {
    acr: ['phr', 'phrh'],
    amr: [
      ['hwk', 'user'],
      ['swk', 'user'],
    ],
  },
  otp: { acr: [], amr: [['otp']] },
} as const;
const nowMs = 1_750_000_000_000;

describe('what a sign-in proves', () => {
  test('a method by one acr value, or by all of one set of amr values', () => {
    expect(provedMethods(factors, { acr: 'phr', amr: [] })).toEqual(['passkey']);
    expect(provedMethods(factors, { acr: undefined, amr: ['user', 'x', 'hwk'] })).toEqual(['passkey']);
    expect(provedMethods(factors, { acr: undefined, amr: ['otp', 'hwk'] })).toEqual(['otp']);
    expect(provedMethods(factors, { acr: 'PHR', amr: ['user'] })).toEqual([]);
  });

  test('nothing by a half of a set, by values of two sets together, or by an empty set', () => {
    expect(provedMethods(factors, { acr: undefined, amr: ['hwk'] })).toEqual([]);
    expect(provedMethods(factors, { acr: undefined, amr: ['hwk', 'swk'] })).toEqual([]);
    expect(provedMethods({ otp: { acr: [], amr: [[]] } }, { acr: undefined, amr: ['pwd'] })).toEqual([]);
  });

  test('nothing that is not configured', () => {
    expect(provedMethods({}, { acr: 'phr', amr: ['pwd', 'otp', 'hwk', 'user'] })).toEqual([]);
  });

  test('never less with more amr values', () => {
    const values = fc.constantFrom('pwd', 'otp', 'hwk', 'swk', 'user', 'mfa');
    fc.assert(
      fc.property(fc.array(values), fc.array(values), (amr, more) => {
        const before = provedMethods(factors, { acr: undefined, amr });
        const after = provedMethods(factors, { acr: undefined, amr: [...more, ...amr] });
        expect(after).toEqual(expect.arrayContaining([...before]));
      }),
    );
  });
});

describe('when it was proved', () => {
  test('is auth_time', () => {
    const authentication = readAuthentication({ acr: 'phr', amr: ['otp'], auth_time: nowMs / 1000 - 60 });
    expect(proofTimes(factors, authentication, nowMs)).toEqual({ passkey: nowMs - 60_000, otp: nowMs - 60_000 });
  });

  test('is never, when the provider does not say or says something that is no time', () => {
    for (const authTime of [undefined, null, '1750000000', Number.NaN, Number.POSITIVE_INFINITY]) {
      const authentication = readAuthentication({ acr: 'phr', auth_time: authTime });
      expect(proofTimes(factors, authentication, nowMs)).toEqual({});
    }
  });

  test('is never in the future: skew counts as now, more as none', () => {
    expect(trustedTime(nowMs + clockSkewMs, nowMs)).toBe(nowMs);
    expect(trustedTime(nowMs + clockSkewMs + 1, nowMs)).toBeUndefined();
    expect(proofTimes(factors, { acr: 'phr', amr: [], authenticatedAtMs: nowMs + 3_600_000 }, nowMs)).toEqual({});
  });
});

describe('claims of the wrong type', () => {
  test.each([
    [{ acr: 0, amr: 'otp' }],
    [{ acr: '0', amr: null }],
    [{ acr: ['phr'], amr: { 0: 'otp' } }],
    [{ acr: null, amr: [1, {}, ['otp']] }],
  ])('%j prove nothing', (claims) => {
    const authentication = readAuthentication(claims);
    expect(
      provedMethods({ otp: { acr: ['0'], amr: [['otp']] }, passkey: { acr: ['phr'], amr: [] } }, authentication),
    ).toEqual([]);
  });
});
