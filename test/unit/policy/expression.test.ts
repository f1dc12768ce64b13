import { describe, expect, test } from '@jest/globals';
import type { ClaimFacts, Facts } from '../../../src/decision/facts.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { checkExpression } from '../../../src/policy/expression/compile-expression.ts';
import type { Expression } from '../../../src/policy/rule.ts';
import type { ConditionFailure } from '../../../src/policy/rule-outcome.ts';
import {
  ada,
  denial,
  type FactKeys,
  facts,
  grant,
  minute,
  nowMs,
  policy,
  riskOf,
} from '../../support/judgement-policy.ts';

const at = { file: 'postern.yaml', line: 3, column: 9 };

function compiled(source: string): Expression {
  const checked = checkExpression(source);
  if (checked.outcome === 'refused') throw new Error(`${source} ${checked.says}`);
  return checked.compile(at);
}

const claims: ClaimFacts = {
  department: 'payroll',
  level: 3,
  roles: ['admin', 'dev'],
  address: { country: 'DE' },
  manager: null,
};
const asAda = (more: object = {}): FactKeys => ({ person: { ...ada, claims, ...more } });
const holds = (source: string, keys: FactKeys = asAda()) => compiled(source).evaluate(facts(keys));

describe('a condition in CEL', () => {
  test.each([
    'claims.department == "payroll" && request.method != "DELETE"',
    'claims.level >= 3 && claims.level < 3.5',
    '"admin" in claims.roles',
    'claims.roles.exists(role, role.startsWith("ad"))',
    'claims.address.country == "DE"',
    'claims["address"]["country"] == "DE"',
    'has(claims.department) && !has(claims.contractor)',
    'claims.manager == null',
    'request.path.startsWith("/reports/") && request.address == "203.0.113.7"',
    'user.email == "ada@corp.example" && user.provider == "corp" && user.id == "ada"',
    '"finance" in user.groups',
    'device.id == "ada-laptop"',
    'risk.score < 40.0 && risk.score < 40',
    'auth.password > duration("59m") && auth.password <= duration("1h")',
    'now > timestamp("2026-01-01T00:00:00Z")',
    'claims.level == 3 ? request.method == "GET" : false',
  ])('%s', (source) => {
    expect(holds(source)).toBe(true);
  });

  test('what was never proved, or in the future, is older than any age', () => {
    const keys = { ...asAda(), provedAtMs: { otp: nowMs + minute } };
    expect(holds('auth.passkey < duration("1000h") || auth.otp < duration("1000h")', keys)).toBe(false);
  });

  test.each<[string, FactKeys | Facts, string]>([
    ['risk', { ...asAda(), risk: undefined }, 'risk.score < 40'],
    ['the device', { ...asAda(), posture: 'no_device' }, 'device.id == "x"'],
    ['a device that has() asks about', { ...asAda(), posture: 'no_device' }, '!has(device.id)'],
    ['claims', { person: ada }, 'claims.department == "payroll"'],
    ['claims that has() asks about', { person: ada }, '!has(claims.contractor)'],
    ['claims that were not given', asAda({ mayHaveOtherClaims: true }), '!has(claims.contractor)'],
    ['an address that nobody vouches for', asAda({ isEmailVerified: false }), 'user.email != "eve@corp.example"'],
    ['an absent address', asAda({ email: undefined }), '!has(user.email)'],
    ['groups', asAda({ groups: undefined }), '!("contractors" in user.groups)'],
    ['somebody', { person: undefined }, 'user.id == "ada"'],
  ])('that depends on %s which is not known is unknown', (_title, keys, source) => {
    expect(compiled(source).evaluate(facts(keys as FactKeys))).toBeUndefined();
  });

  test('of a request that nobody has made, time and place are unknown', () => {
    const known = facts(asAda());
    const asked: Facts = { ...known, request: { ...known.request, address: undefined, isTimeAssumed: true } };
    for (const source of [
      'now > timestamp("2026-01-01T00:00:00Z")',
      'request.address == "1.2.3.4"',
      '!has(request.address)',
    ])
      expect(compiled(source).evaluate(asked)).toBeUndefined();
    expect(compiled('request.method == "GET"').evaluate(asked)).toBe(true);
  });

  test('what is known settles it where CEL can: an unknown fact beside changes nothing', () => {
    const keys = { ...asAda(), risk: undefined };
    expect(holds('risk.score < 40 || request.method == "GET"', keys)).toBe(true);
    expect(holds('risk.score < 40 && request.method == "POST"', keys)).toBe(false);
  });

  test.each([
    'claims.contractor == true',
    'claims.department < 3',
    'claims.address.zip == "x"',
    'claims.department && true',
  ])('%s fails: the claim is absent or of another type', (source) => {
    expect(() => holds(source)).toThrow();
  });

  test('says which claims it reads', () => {
    expect(compiled('claims.a.b == 1 || "x" in claims["https://corp.example/roles"] || has(claims.c)').claims).toEqual([
      'a.b',
      'https://corp.example/roles',
      'c',
    ]);
  });
});

describe('what no condition may do', () => {
  test.each([
    ['request.path.matches("(a+)+")', 'uses matches'],
    ['claims.a.exists(x, claims.b.exists(y, x == y))', 'loop inside a loop'],
    ['cel.bind(x, "aa", x == x)', 'uses bind'],
    ['size(claims) > 0', 'which claim'],
    ['claims[request.path] == 1', 'which claim'],
    ['claims.all(name, name != "x")', 'which claim'],
    ['now.getHours("Europe/Berlin") > 7', 'uses getHours'],
    ['request.constructor == 1', 'request.constructor'],
    ['process == 1', 'unknown name'],
    [`${'('.repeat(30)}true${')'.repeat(30)}`, ''],
    [Array.from({ length: 120 }, () => 'true').join(' && '), ''],
    [`request.path == "${'x'.repeat(1_000)}"`, 'too long'],
    ['1', 'not to true or false'],
  ])('%s', (source, says) => {
    const checked = checkExpression(source);
    expect(checked).toMatchObject({ outcome: 'refused', says: expect.stringContaining(says) });
  });
});

describe('a condition that fails', () => {
  const broken = compiled('claims.contractor == true');
  const decide = (rules: Parameters<typeof policy>[0]) => {
    const failures: ConditionFailure[] = [];
    return { decision: evaluate(policy(rules), facts(asAda()), (failure) => failures.push(failure)), failures };
  };

  test('keeps a grant shut, and is the reason when it alone decided', () => {
    const { decision, failures } = decide({ grants: [grant({ when: broken })] });
    expect(decision).toMatchObject({ outcome: 'deny', reason: 'policy_error' });
    expect(failures.map(({ key, rule }) => [key, rule.id])).toEqual([['when', 'grant']]);
  });

  test('closes in a denial', () => {
    const { decision } = decide({ grants: [grant()], denials: [denial({ when: broken })] });
    expect(decision).toMatchObject({ outcome: 'deny', reason: 'policy_error' });
  });

  test('decides nothing beside a key that is known to miss, and is counted all the same', () => {
    const elsewhere = new Set(['DELETE']);
    const { decision, failures } = decide({
      grants: [grant()],
      denials: [denial({ when: broken, methods: elsewhere })],
    });
    expect(decision.outcome).toBe('allow');
    expect(failures).toHaveLength(1);
  });

  test('one that does not hold gives its own reason', () => {
    const { decision } = decide({ grants: [grant({ when: compiled('claims.level > 5') })] });
    expect(decision).toMatchObject({ outcome: 'deny', reason: 'condition_not_met' });
  });

  test('one that depends on an unknown fact has not failed', () => {
    const calm = policy({ denials: [denial({ when: compiled('risk.score > 80.0') })], grants: [grant()] });
    const failures: ConditionFailure[] = [];
    const decision = evaluate(calm, facts({ ...asAda(), risk: undefined }), (failure) => failures.push(failure));
    expect(decision).toMatchObject({ outcome: 'deny', reason: 'explicit_deny' });
    expect(failures).toEqual([]);
    expect(evaluate(calm, facts({ ...asAda(), risk: riskOf(10) })).outcome).toBe('allow');
  });
});
