import { describe, expect, test } from '@jest/globals';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { Expression, Grant } from '../../../src/policy/rule.ts';
import { denial, facts, grant, minute, network, policy, posture, riskOf } from '../../support/judgement-policy.ts';

const finance = new Set(['finance']);
const strangers = new Set(['strangers']);
const elsewhere = network('198.51.100.1');
const at = { file: 'postern.yaml', line: 1, column: 1 };
const breaking: Expression = {
  source: 'claims.level > 1',
  at,
  claims: ['level'],
  groups: [],
  reads: ['claims'],
  evaluate: () => {
    throw new TypeError('There is no such claim.');
  },
};

/** The answer to Ada where no step-up can be asked for. @param rules in file order */
function answer(rules: readonly Grant[], given = facts(), more: Parameters<typeof policy>[0] = {}) {
  const decision = evaluate(policy({ grants: rules, stepUpMethods: [], ...more }), given);
  return decision.outcome === 'deny' ? { ...decision, rule: decision.rule?.rule, trace: undefined } : decision;
}

describe('of grants that stay shut, the one that gives the reason', () => {
  test('is the one whose hardest obstacle is the easiest, wherever it stands', () => {
    const [far, near] = [grant({ id: 'far', groups: strangers }), grant({ id: 'near', networks: elsewhere })];
    for (const rules of [
      [far, near],
      [near, far],
    ])
      expect(answer(rules)).toMatchObject({ reason: 'network_not_allowed', rule: 'near' });
  });

  test('is of equal ones that with fewer obstacles, then the first in the file', () => {
    const two = grant({ id: 'two', groups: strangers, networks: elsewhere });
    const one = grant({ id: 'one', groups: strangers });
    expect(answer([two, one])).toMatchObject({ reason: 'not_in_required_group', rule: 'one' });
    expect(answer([one, two])).toMatchObject({ reason: 'not_in_required_group', rule: 'one' });
    expect(answer([one, grant({ id: 'other', groups: strangers })])).toMatchObject({ rule: 'one' });
  });

  test('does not count a proof that is lacking beside something else', () => {
    const auth = { methods: ['passkey' as const], maxAgeMs: minute };
    const proof = grant({ id: 'proof', networks: elsewhere, auth });
    expect(answer([proof])).toMatchObject({ reason: 'network_not_allowed' });
    expect(answer([proof, grant({ id: 'plain', networks: elsewhere })])).toMatchObject({ rule: 'proof' });
  });

  test('tells of its hardest obstacle, and nothing of the others', () => {
    const given = facts({ posture: posture('fail') });
    const away = { ...given, request: { ...given.request, address: undefined } };
    const rule = grant({ device: 'managed', networks: elsewhere });
    expect(answer([rule], given)).toMatchObject({ reason: 'network_not_allowed', rule: 'grant' });
    const decision = answer([rule], away);
    expect(decision).toMatchObject({ reason: 'network_not_allowed' });
    expect(decision).not.toHaveProperty('checks');
    expect(answer([grant({ device: 'managed' })], given)).toMatchObject({
      reason: 'device_not_compliant',
      checks: [{ check: 'disk_encrypted', result: 'fail' }],
    });
  });

  test('is one that broke, when what else it lacks is only what a person can prove', () => {
    const broken = grant({ id: 'broken', when: breaking, risk: { below: 20 } });
    expect(answer([broken], facts({ risk: riskOf(30) }))).toMatchObject({
      outcome: 'deny',
      reason: 'policy_error',
      rule: 'broken',
    });
    expect(answer([grant({ when: breaking, groups: strangers })])).toMatchObject({ reason: 'not_in_required_group' });
  });

  test('is one that risk keeps shut, where risk ends the session, however near another one is', () => {
    const riskResponse = { mediumFrom: 40, highFrom: 70, medium: 'deny', high: 'end_session' } as const;
    const device = grant({ id: 'device', device: 'managed', risk: { below: 101 } });
    const risky = grant({ id: 'risky', groups: strangers });
    const given = (score: number) => facts({ posture: posture('fail'), risk: riskOf(score) });
    expect(answer([device, risky], given(80), { riskResponse })).toMatchObject({
      outcome: 'deny',
      reason: 'risk_too_high',
      rule: 'risky',
    });
    // Not where risk only denies, not where it is low, and not where no grant minds it.
    for (const score of [50, 10])
      expect(answer([device, risky], given(score), { riskResponse })).toMatchObject({
        reason: 'device_not_compliant',
        rule: 'device',
      });
    expect(answer([device], given(80), { riskResponse })).toMatchObject({ reason: 'device_not_compliant' });
    const limited = grant({ id: 'limited', groups: finance, risk: { below: 5 } });
    expect(answer([limited, device], given(10), { riskResponse })).toMatchObject({ rule: 'device' });
    expect(answer([risky], facts({ risk: undefined }), { riskResponse })).toMatchObject({
      reason: 'not_in_required_group',
    });
  });
});

describe('of denials that close, the one that gives the reason', () => {
  const open = [grant({ groups: finance })];
  const sure = (id: string) => denial({ id, groups: finance });
  const unsure = denial({ id: 'unsure', claims: [{ claim: 'level', values: new Set([1]) }] });
  const broken = denial({ id: 'broken', when: breaking });
  const missing = denial({ id: 'missing', groups: strangers });

  test('is none that is known to miss', () => {
    expect(answer(open, facts(), { denials: [missing, sure('this')] })).toMatchObject({
      reason: 'explicit_deny',
      rule: 'this',
    });
    const half = denial({ id: 'half', groups: strangers, claims: [{ claim: 'level', values: new Set([1]) }] });
    expect(answer(open, facts(), { denials: [half] }).outcome).toBe('allow');
  });

  test('is the surest, in whatever order, and the first of equals', () => {
    for (const denials of [
      [sure('this'), unsure, broken],
      [broken, unsure, sure('this')],
      [unsure, sure('this'), broken],
      [sure('this'), sure('other')],
    ])
      expect(answer(open, facts(), { denials })).toMatchObject({ reason: 'explicit_deny', rule: 'this' });
    for (const denials of [
      [unsure, broken],
      [broken, unsure],
    ])
      expect(answer(open, facts(), { denials })).toMatchObject({ reason: 'explicit_deny', rule: 'unsure' });
    expect(answer(open, facts(), { denials: [missing, broken] })).toMatchObject({
      outcome: 'deny',
      reason: 'policy_error',
      rule: 'broken',
    });
  });

  test('says of a device and of risk what a person can mend', () => {
    const given = facts({ posture: posture('fail'), risk: riskOf(30) });
    const [device, risk] = [{ deviceFails: 'managed' }, { risk: { above: 20 } }];
    expect(answer(open, given, { denials: [denial(device)] })).toMatchObject({ reason: 'device_not_compliant' });
    expect(answer(open, given, { denials: [denial(risk)] })).toMatchObject({ reason: 'risk_too_high' });
    expect(answer(open, given, { denials: [denial({ ...device, ...risk })] })).toMatchObject({
      reason: 'device_not_compliant',
      checks: [{ check: 'disk_encrypted', result: 'fail' }],
    });
  });
});
