import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Facts } from '../../../src/decision/facts.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { anyFacts, anyPolicy } from '../../support/judgement-arbitraries.ts';
import { denial, facts, grant, nowMs, policy } from '../../support/judgement-policy.ts';

const asService = (given: Facts, serviceId = 'exporter'): Facts => ({
  ...given,
  person: undefined,
  authentication: undefined,
  risk: undefined,
  service: { serviceId, provedBy: 'token', source: 'connection', asOfMs: nowMs },
});
const exporter = asService(facts());
const named = grant({ id: 'export', services: new Set(['exporter']) });

describe('a service', () => {
  test('is let in where it is named, whatever the levels of risk are: those are people’s', () => {
    expect(evaluate(policy({ grants: [named] }), exporter)).toMatchObject({
      outcome: 'allow',
      grant: { rule: 'export' },
    });
    expect(evaluate(policy({ grants: [named] }), asService(facts(), 'other')).outcome).toBe('deny');
    expect(evaluate(policy({ grants: [named] }), facts()).outcome).toBe('deny');
  });

  test('needs what the segment requires, too (security-rules.md 16)', () => {
    const { effect: _effect, segment: _segment, ...keys } = grant({ id: 'finance', device: 'managed' });
    const segment = { name: 'finance', at: named.at, keys: { ...keys, effect: 'allow' as const } };
    const withoutDevice = asService(facts({ posture: 'no_device' }));
    expect(evaluate(policy({ grants: [{ ...named, segment }] }), withoutDevice).outcome).toBe('deny');
    expect(evaluate(policy({ grants: [{ ...named, segment }] }), exporter).outcome).toBe('allow');
  });

  test('is not met by what a denial says of people, and is met by its name', () => {
    const ofPeople = denial({ groups: new Set(['contractors']) });
    expect(evaluate(policy({ grants: [named], denials: [ofPeople] }), exporter).outcome).toBe('allow');
    const risky = denial({ risk: { above: 50 } });
    expect(evaluate(policy({ grants: [named], denials: [risky] }), exporter).outcome).toBe('allow');
    const ofServices = denial({ services: new Set(['exporter']) });
    expect(evaluate(policy({ grants: [named], denials: [ofServices] }), exporter)).toMatchObject({
      reason: 'explicit_deny',
    });
    expect(evaluate(policy({ grants: [grant()], denials: [ofServices] }), facts()).outcome).toBe('allow');
  });

  test('is never asked for a proof or a sign-in', () => {
    const proof = grant({ services: new Set(['exporter']), auth: { methods: ['passkey'], maxAgeMs: undefined } });
    expect(evaluate(policy({ grants: [proof] }), exporter)).toMatchObject({ outcome: 'deny' });
  });

  test('is let in by no grant that names no service, whatever else it says', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (any, given) => {
        const decision = evaluate({ ...any, isPublic: false }, asService(given));
        expect(decision.outcome).toBe('deny');
      }),
      { numRuns: 500 },
    );
  });
});
