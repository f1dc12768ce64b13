import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../../../src/decision/decision.ts';
import { bucketOf } from '../../../src/policy/bucket.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { Denial, Grant, Rollout } from '../../../src/policy/rule.ts';
import { ada, denial, facts, grant, policy } from '../../support/judgement-policy.ts';

const staged = (keys: Partial<Rollout>): { mode: 'partial'; rollout: Rollout } => ({
  mode: 'partial',
  rollout: { percent: 0, by: 'user', include: new Set(), exclude: new Set(), ...keys },
});
const everyone = (keys: Partial<Grant> = {}): Grant => grant({ id: 'everyone', ...keys });
const nobody = (keys: Partial<Denial> = {}): Denial => denial({ id: 'nobody', ...keys });

const reportedOf = (decision: Decision) => decision.reported?.map(({ rule, result }) => `${rule.rule} ${result}`);

describe('a bucket', () => {
  test('is the documented one, so that other tools can tell it, too', () => {
    expect(bucketOf('payroll', 'no-contractors', 'noor@vendor.example')).toBe(55);
    expect(bucketOf('payroll', 'no-contractors', 'kim@vendor.example')).toBe(4);
  });

  test('of one rule says nothing about that of another', () => {
    const people = Array.from({ length: 1_000 }, (_, index) => `person-${index}@corp.example`);
    const inBoth = people.filter((one) => bucketOf('a', 'x', one) < 50 && bucketOf('a', 'y', one) < 50).length;
    expect(inBoth).toBeGreaterThan(180);
    expect(inBoth).toBeLessThan(320);
  });
});

describe('a rule that is only reported', () => {
  test('closes nothing, and what it would have done is told', () => {
    const decision = evaluate(policy({ grants: [everyone()], denials: [nobody({ mode: 'report_only' })] }), facts());
    expect(decision.outcome).toBe('allow');
    expect(reportedOf(decision)).toEqual(['nobody would_deny']);
    expect(decision.trace.find(({ rule }) => rule === 'nobody')).toMatchObject({
      mode: 'report_only',
      isActing: false,
    });
  });

  test('opens nothing, asks for no proof, and is not the reason of a denial', () => {
    const grants = [
      everyone({ id: 'opens', mode: 'report_only' }),
      everyone({ id: 'proof', mode: 'report_only', auth: { methods: ['passkey'], maxAgeMs: 1 } }),
      everyone({ id: 'device', mode: 'report_only', device: 'managed-laptop' }),
      grant({ id: 'finance', groups: new Set(['nobody-is-in-it']) }),
    ];
    const decision = evaluate(policy({ grants }), facts({ posture: 'no_device' }));
    expect(decision).toMatchObject({ outcome: 'deny', reason: 'not_in_required_group', rule: { rule: 'finance' } });
    expect(reportedOf(decision)).toEqual(['opens would_allow', 'proof would_step_up', 'device not_evaluated']);
  });

  test('says what it could not tell', () => {
    const unclear = everyone({ mode: 'report_only', groups: new Set(['finance']) });
    const decision = evaluate(policy({ grants: [unclear] }), facts({ person: { ...ada, groups: undefined } }));
    expect(decision.reported).toMatchObject([{ result: 'not_evaluated', unknown: ['groups'] }]);
  });

  test('costs a route without modes nothing: nothing is reported there', () => {
    expect(evaluate(policy({ grants: [everyone()] }), facts())).not.toHaveProperty('reported');
  });
});

describe('a staged rule', () => {
  const bucket = bucketOf('payroll', 'nobody', 'ada@corp.example');
  const decide = (rule: Denial, person = ada) =>
    evaluate(policy({ grants: [everyone()], denials: [rule] }), facts({ person }));

  test('acts on buckets below its percentage, and tells the bucket', () => {
    const decision = decide(nobody(staged({ percent: bucket + 1 })));
    expect(decision).toMatchObject({ outcome: 'deny', reason: 'explicit_deny', rule: { mode: 'partial', bucket } });
    expect(decide(nobody(staged({ percent: bucket })))).toMatchObject({
      outcome: 'allow',
      reported: [{ result: 'would_deny' }],
    });
  });

  test('knows a person by the address that their provider vouches for, however it is spelled', () => {
    const rule = nobody(staged({ percent: bucket + 1 }));
    expect(decide(rule, { ...ada, email: 'ADA@corp.example' }).outcome).toBe('deny');
    const bySubject = bucketOf('payroll', 'nobody', `${ada.issuer} ${ada.subject}`);
    const unverified = decide(rule, { ...ada, isEmailVerified: false });
    expect(unverified.trace.find(({ rule: id }) => id === 'nobody')?.bucket).toBe(bySubject);
  });

  test('includes and excludes people by name; excluding wins', () => {
    const names = new Set(['ada@corp.example']);
    expect(decide(nobody(staged({ include: names }))).outcome).toBe('deny');
    expect(decide(nobody(staged({ percent: 100, exclude: names }))).outcome).toBe('allow');
    expect(decide(nobody(staged({ percent: 100, include: names, exclude: names }))).outcome).toBe('allow');
  });

  test('without a device to tell a bucket by: the denial closes, the grant does not grant', () => {
    const byDevice = staged({ percent: 50, by: 'device', include: new Set(['laptop-1']) });
    const noDevice = facts({ posture: 'no_device' });
    expect(evaluate(policy({ grants: [everyone()], denials: [nobody(byDevice)] }), noDevice).outcome).toBe('deny');
    expect(evaluate(policy({ grants: [everyone(byDevice)] }), noDevice).outcome).toBe('deny');
  });

  test('by group acts when one of the groups that it names falls below the percentage', () => {
    const groups = new Set(['finance']);
    const at = bucketOf('payroll', 'nobody', 'finance');
    expect(
      decide(nobody({ groups, ...staged({ by: 'group', percent: at + 1 }) }), { ...ada, groups: ['finance', 'x'] })
        .outcome,
    ).toBe('deny');
    expect(
      decide(nobody({ groups, ...staged({ by: 'group', percent: at }) }), { ...ada, groups: ['finance', 'x'] }).outcome,
    ).toBe('allow');
  });

  test('waits for the sign-in when nobody is signed in: who it is tells the bucket', () => {
    const rules = policy({ grants: [everyone()], denials: [nobody(staged({ percent: 50 }))] });
    expect(evaluate(rules, facts({ person: undefined })).outcome).toBe('sign_in');
  });
});
