import { describe, expect, test } from '@jest/globals';
import type { StepUpNeed } from '../../../src/decision/decision.ts';
import { answeredAtMs, attainableMethods, wishParameters } from '../../../src/identity/step-up-wish.ts';

const factors = { passkey: { acr: ['phr', 'phrh'], amr: [] }, otp: { acr: [], amr: [['otp']] } } as const;
const provider = { factors };

function need(wanted: Partial<StepUpNeed>): StepUpNeed {
  return { methods: ['passkey'], maxAgeMs: undefined, notBeforeMs: undefined, ...wanted };
}

describe('what a provider is asked for', () => {
  test('is an essential acr by the claims parameter, and then no acr_values', () => {
    const parameters = wishParameters(need({ maxAgeMs: 900_999 }), provider, {}, true);
    expect(parameters['acr_values']).toBeUndefined();
    expect(parameters['max_age']).toBe('900');
    expect(JSON.parse(parameters['claims'] ?? '')).toMatchObject({
      id_token: { acr: { essential: true, values: ['phr', 'phrh'] } },
    });
  });

  test('is acr_values in order of preference without that parameter', () => {
    const parameters = wishParameters(need({}), provider, {}, false);
    expect(parameters['acr_values']).toBe('phr phrh');
    expect(parameters['claims']).toBeUndefined();
  });

  test('is a new sign-in when the method was proved before, must answer a risk, or has no acr value', () => {
    for (const parameters of [
      wishParameters(need({}), provider, { passkey: 1 }, true),
      wishParameters(need({ notBeforeMs: 1 }), provider, {}, true),
      wishParameters(need({ methods: ['otp'] }), provider, {}, true),
    ]) {
      expect(parameters).toMatchObject({ prompt: 'login', max_age: '1' });
    }
  });

  test('is asked for as this provider obeys, and never with max_age 0, which some take for none', () => {
    const reauth = { prompt: 'select_account', maxAgeMs: 1_500, isObeyed: false };
    const anew = wishParameters(need({ notBeforeMs: 1 }), { factors, reauth }, {}, true);
    expect(anew).toMatchObject({ prompt: 'select_account', max_age: '2' });
    expect(wishParameters(need({ maxAgeMs: 10 }), provider, {}, true)['max_age']).toBe('1');
  });

  test('always obliges the provider to say when it was', () => {
    expect(wishParameters(need({}), provider, {}, false)['max_age']).toMatch(/^\d+$/);
  });

  test('leaves out methods that its tokens cannot prove', () => {
    expect(attainableMethods(need({ methods: ['password', 'otp', 'passkey'] }), factors)).toEqual(['otp', 'passkey']);
    expect(attainableMethods(need({ methods: ['otp'] }), { otp: { acr: [], amr: [[]] } })).toEqual([]);
  });
});

describe('a proof that answers a question', () => {
  test('within the same second is as old as the question, an older one as old as it says', () => {
    expect(answeredAtMs(10_000, 10_700)).toBe(10_700);
    expect(answeredAtMs(12_000, 10_700)).toBe(12_000);
    expect(answeredAtMs(9_000, 10_700)).toBe(9_000);
  });
});
