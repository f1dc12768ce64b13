import { describe, expect, test } from '@jest/globals';
import { isStepUpSatisfied, newestProofAtMs } from '../../../src/policy/step-up-satisfied.ts';
import { minute, nowMs } from '../../support/judgement-policy.ts';

const need = { methods: ['passkey', 'otp'], maxAgeMs: 15 * minute, notBeforeMs: nowMs - 10 * minute } as const;

describe('a step-up is satisfied', () => {
  test('by any one of the methods, proved recently and after the signal', () => {
    expect(isStepUpSatisfied(need, { otp: nowMs - minute }, nowMs)).toBe(true);
  });

  test.each([
    ['by another method', { password: nowMs }],
    ['by nothing', {}],
    ['by a proof in the future', { otp: nowMs + 1 }],
    ['by a proof that is not younger than the signal', { otp: nowMs - 10 * minute }],
    ['by a proof that is too old', { passkey: nowMs - 16 * minute }],
    ['by a time that is no number', { passkey: Number.NaN }],
  ])('not %s', (_title, provedAtMs) => {
    expect(isStepUpSatisfied(need, provedAtMs, nowMs)).toBe(false);
  });

  test('at any age where the need names none', () => {
    const ageless = { methods: ['otp'], maxAgeMs: undefined, notBeforeMs: undefined } as const;
    expect(isStepUpSatisfied(ageless, { otp: 1 }, nowMs)).toBe(true);
  });
});

test('the newest proof leaves out times in the future', () => {
  expect(newestProofAtMs({ password: nowMs - 2, otp: nowMs - 1, passkey: nowMs + 1 }, nowMs)).toBe(nowMs - 1);
  expect(newestProofAtMs({}, nowMs)).toBeUndefined();
});
