import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { Grant, SegmentRequirement } from '../../../src/policy/rule.ts';
import { anyFacts, anyGrant, anyPolicy } from '../../support/judgement-arbitraries.ts';
import {
  ada,
  facts,
  grant,
  minute,
  network,
  nowMs,
  pathPrefix,
  policy,
  posture,
} from '../../support/judgement-policy.ts';

const at = { file: 'postern.yaml', line: 3, column: 14 };

function segment(keys: Partial<Omit<Grant, 'effect'>>): SegmentRequirement {
  return { name: 'finance', at, keys: grant(keys) };
}

describe('a grant of a route in a segment', () => {
  test('opens only when its own keys and those of the segment hold', () => {
    const both = policy({ grants: [grant({ groups: new Set(['staff']), segment: segment({ device: 'managed' }) })] });
    expect(evaluate(both, facts()).outcome).toBe('allow');
    expect(evaluate(both, facts({ posture: posture('fail') }))).toMatchObject({ reason: 'device_not_compliant' });
    expect(evaluate(both, facts({ person: { ...ada, groups: [] } }))).toMatchObject({
      reason: 'not_in_required_group',
    });
  });

  test('passes two postures where both name one, and hears of the one that fails', () => {
    const rules = policy({ grants: [grant({ device: 'managed', segment: segment({ device: 'strict' }) })] });
    const given = facts();
    const device = given.device;
    if (device === undefined) throw new Error('The facts have a device.');
    const strict = { posture: 'strict', result: 'fail', checks: [{ check: 'firewall', result: 'fail' }] } as const;
    const failing = { ...given, device: { ...device, postures: { ...device.postures, strict } } };
    expect(evaluate(rules, failing)).toMatchObject({ reason: 'device_not_compliant', checks: strict.checks });
    const passing = { ...strict, result: 'pass', checks: [] } as const;
    expect(
      evaluate(rules, { ...given, device: { ...device, postures: { ...device.postures, strict: passing } } }).outcome,
    ).toBe('allow');
    expect(evaluate(rules, given)).toMatchObject({ outcome: 'deny', reason: 'posture_unavailable' });
  });

  test('asks for one proof that meets both, no older than the stricter says', () => {
    const rules = policy({
      grants: [
        grant({
          auth: { methods: ['otp', 'passkey'], maxAgeMs: 60 * minute },
          segment: segment({ auth: { methods: ['passkey', 'password'], maxAgeMs: 15 * minute } }),
        }),
      ],
    });
    expect(evaluate(rules, facts())).toMatchObject({
      outcome: 'step_up',
      need: { methods: ['passkey'], maxAgeMs: 15 * minute },
    });
    expect(evaluate(rules, facts({ provedAtMs: { passkey: nowMs - 20 * minute } })).outcome).toBe('step_up');
    expect(evaluate(rules, facts({ provedAtMs: { passkey: nowMs - 10 * minute } })).outcome).toBe('allow');
  });

  test('asks for one proof after the other where none meets both', () => {
    const rules = policy({
      grants: [
        grant({
          auth: { methods: ['otp'], maxAgeMs: 60 * minute },
          segment: segment({ auth: { methods: ['passkey'], maxAgeMs: 15 * minute } }),
        }),
      ],
    });
    const needOf = (provedAtMs: { otp?: number; passkey?: number }) => {
      const decision = evaluate(rules, facts({ provedAtMs }));
      return decision.outcome === 'step_up' ? decision.need.methods : decision.outcome;
    };
    expect(needOf({})).toEqual(['otp']);
    expect(needOf({ otp: nowMs })).toEqual(['passkey']);
    expect(needOf({ passkey: nowMs })).toEqual(['otp']);
    expect(needOf({ otp: nowMs, passkey: nowMs })).toBe('allow');
  });

  test('does not take more risk because the segment would', () => {
    const response = { mediumFrom: 40, highFrom: 70, medium: 'deny', high: 'deny' } as const;
    const rules = policy({ riskResponse: response, grants: [grant({ segment: segment({ risk: { below: 90 } }) })] });
    const risky = { source: 'session', asOfMs: nowMs, score: 50, points: [] };
    expect(evaluate(rules, facts({ risk: risky }))).toMatchObject({ reason: 'risk_too_high' });
    const strict = policy({ grants: [grant({ risk: { below: 80 }, segment: segment({ risk: { below: 30 } }) })] });
    expect(evaluate(strict, facts({ risk: risky })).outcome).not.toBe('allow');
  });

  test('says in the trace which conditions came from the segment, and from where', () => {
    const rules = policy({ grants: [grant({ device: 'managed', segment: segment({ device: 'managed' }) })] });
    expect(evaluate(rules, facts()).trace[0]?.conditions).toEqual([
      { key: 'device', verdict: 'hit' },
      { key: 'risk', verdict: 'hit' },
      { key: 'device', verdict: 'hit', segment: { name: 'finance', at } },
    ]);
  });

  test('opens nothing that it would not open without the segment', () => {
    fc.assert(
      fc.property(anyPolicy, anyGrant, anyFacts, (rules, keys, given) => {
        const required: SegmentRequirement = { name: 'finance', at, keys };
        const bound = { ...rules, grants: rules.grants.map((one) => ({ ...one, segment: required })) };
        if (evaluate(bound, given).outcome !== 'allow') return;
        expect(evaluate(rules, given).outcome).toBe('allow');
        if (rules.isPublic) return;
        expect(evaluate(policy({ grants: [{ ...keys, risk: keys.risk ?? { below: 101 } }] }), given).outcome).toBe(
          'allow',
        );
      }),
      { numRuns: 2000 },
    );
  });

  // Sixteen conditions and more do not fit the pattern by which outcomes are remembered.
  test('keeps all its conditions apart, however many they are', () => {
    const keys = {
      provider: 'corp',
      groups: new Set(['staff']),
      emails: new Set(['ada@corp.example']),
      domains: new Set(['corp.example']),
      methods: new Set(['GET']),
      paths: [pathPrefix('/reports/')],
      networks: network('203.0.113.7'),
      device: 'managed',
      auth: { methods: ['password'], maxAgeMs: undefined },
      risk: { below: 90 },
    } as const;
    const rules = policy({ grants: [grant({ ...keys, segment: segment(keys) })] });
    expect(evaluate(rules, facts()).trace[0]?.conditions).toHaveLength(20);
    expect(evaluate(rules, facts()).outcome).toBe('allow');
    for (const key of Object.keys(keys)) {
      const missing = { ...keys, ...missed[key] };
      const first = policy({ grants: [grant({ ...missing, segment: segment(keys) })] });
      const last = policy({ grants: [grant({ ...keys, segment: segment(missing) })] });
      expect([key, evaluate(first, facts()).outcome === 'allow']).toEqual([key, false]);
      expect([key, evaluate(last, facts()).outcome === 'allow']).toEqual([key, false]);
    }
  });
});

const missed: Readonly<Record<string, Partial<Omit<Grant, 'effect'>>>> = {
  provider: { provider: 'other' },
  groups: { groups: new Set(['nobody']) },
  emails: { emails: new Set(['kim@corp.example']) },
  domains: { domains: new Set(['other.example']) },
  methods: { methods: new Set(['DELETE']) },
  paths: { paths: [pathPrefix('/other/')] },
  networks: { networks: network('192.0.2.1') },
  device: { device: 'other' },
  auth: { auth: { methods: ['passkey'], maxAgeMs: undefined } },
  risk: { risk: { below: 0 } },
};
