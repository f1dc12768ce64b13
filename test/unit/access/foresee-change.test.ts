import { describe, expect, test } from '@jest/globals';
import { foreseeChange } from '../../../src/access/foresee-change.ts';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import type { RoutePolicy } from '../../../src/policy/rule.ts';

const nowMs = Date.UTC(2026, 0, 5, 10, 0, 30);
const snapshot = { postures: new Map([['encrypted', { maxAgeMs: 60_000 }]]) } as unknown as Pick<Snapshot, 'postures'>;
const policyOf = (grant: object, denial?: object) =>
  ({ grants: [grant], denials: denial === undefined ? [] : [denial] }) as unknown as RoutePolicy;
const nothing = { authentication: undefined, device: undefined };
const proved = (otp: number) => ({ authentication: { provedAtMs: { otp } }, device: undefined });

describe('the next time at which time alone may change a decision', () => {
  test('is none without anything that ages', () => {
    expect(
      foreseeChange(policyOf({ auth: { methods: ['otp'], maxAgeMs: undefined } }), proved(nowMs), snapshot, nowMs),
    ).toBeUndefined();
  });

  test('is when a proof is older than a grant takes; what is past already counts no more', () => {
    const policy = policyOf({ auth: { methods: ['passkey', 'otp'], maxAgeMs: 10_000 } });
    expect(foreseeChange(policy, proved(nowMs - 4_000), snapshot, nowMs)).toBe(nowMs + 6_001);
    expect(foreseeChange(policy, proved(nowMs - 40_000), snapshot, nowMs)).toBeUndefined();
    expect(foreseeChange(policy, nothing, snapshot, nowMs)).toBeUndefined();
  });

  test('counts what the segment asks beside', () => {
    const policy = policyOf({ segment: { keys: { auth: { methods: ['otp'], maxAgeMs: 5_000 } } } });
    expect(foreseeChange(policy, proved(nowMs), snapshot, nowMs)).toBe(nowMs + 5_001);
  });

  test('is when the oldest fact of a posture is too old', () => {
    const checks = [
      { check: 'a', result: 'pass', asOfMs: nowMs - 20_000 },
      { check: 'b', result: 'pass', asOfMs: nowMs },
    ];
    const device = { postures: { encrypted: { posture: 'encrypted', result: 'pass', checks } } };
    expect(foreseeChange(policyOf({}), { ...nothing, device } as never, snapshot, nowMs)).toBe(nowMs + 40_001);
  });

  test('is the next whole minute where a rule has hours', () => {
    const minute = Date.UTC(2026, 0, 5, 10, 1);
    expect(foreseeChange(policyOf({ hours: {} }), nothing, snapshot, nowMs)).toBe(minute);
    expect(foreseeChange(policyOf({}, { hours: {} }), nothing, snapshot, nowMs)).toBe(minute);
  });
});
