import { describe, expect, test } from '@jest/globals';
import { conditionsOfDenials, conditionsOfGrants } from '../../../../src/policy/conditions/all-conditions.ts';
import {
  conditionNamed,
  conditionsFor,
  grantCondition,
  isGrantKey,
  requirementTexts,
  valuesOf,
} from '../../../../src/policy/conditions/conditions-of-rule.ts';
import { ada, facts, grant, network, nowMs, pathPrefix, posture, riskOf } from '../../../support/judgement-policy.ts';

const { auth, device, groups, hours, methods, networks, paths, provider, risk } = conditionsOfGrants;
const nobody = facts({ person: undefined });
const always = { source: 'always', zone: 'UTC', contains: () => true, nextOpeningMs: () => undefined };
const otp = { methods: ['otp'], maxAgeMs: 1_000 } as const;

describe('what nobody knows is unknown, neither met nor missed', () => {
  test.each([
    ['the provider of nobody', () => provider.conditionOf('corp', 'deny').check(nobody)],
    ['the groups of nobody', () => groups.conditionOf(new Set(['a']), 'deny').check(nobody)],
    ['the proofs of nobody', () => auth.conditionOf(otp, 'allow').check(nobody)],
    ['risk', () => risk.conditionOf({ below: 100 }, 'allow').check(facts({ risk: undefined }))],
    [
      'risk, of a denial',
      () => conditionsOfDenials.risk.conditionOf({ above: 0 }, 'deny').check(facts({ risk: undefined })),
    ],
    [
      'the device of no certificate',
      () => device.conditionOf('managed', 'allow').check(facts({ posture: 'no_device' })),
    ],
    [
      'the address of a question',
      () =>
        networks
          .conditionOf(network(), 'allow')
          .check({ ...nobody, request: { ...nobody.request, address: undefined } }),
    ],
    [
      'the time of a question',
      () =>
        hours.conditionOf(always, 'allow').check({ ...nobody, request: { ...nobody.request, isTimeAssumed: true } }),
    ],
  ])('%s', (_what, verdict) => {
    expect(verdict()).toBe('unknown');
  });
});

describe('a key', () => {
  test('of paths is compared letter by letter in a grant, carelessly in a denial, and misses other paths in both', () => {
    const [patterns, careless, other] = [[pathPrefix('/admin/')], facts({ path: '/ADMIN/x' }), facts({ path: '/x' })];
    const verdicts = (effect: 'allow' | 'deny') =>
      [careless, other].map((given) => paths.conditionOf(patterns, effect).check(given));
    expect([verdicts('allow'), verdicts('deny')]).toEqual([
      ['miss', 'miss'],
      ['hit', 'miss'],
    ]);
  });

  test('of a proof is met by one that is young enough, and by no other method', () => {
    const verdict = (provedAtMs: object) => auth.conditionOf(otp, 'allow').check(facts({ provedAtMs }));
    expect(verdict({ otp: nowMs - 1_000 })).toBe('hit');
    expect(verdict({ otp: nowMs - 1_001 })).toBe('miss');
    expect(verdict({ passkey: nowMs })).toBe('miss');
  });

  test('of risk is met below its limit in a grant, and above it in a denial', () => {
    const at = (score: number) => facts({ risk: riskOf(score) });
    const below = risk.conditionOf({ below: 40 }, 'allow');
    const above = conditionsOfDenials.risk.conditionOf({ above: 40 }, 'deny');
    expect([39, 40].map((score) => below.check(at(score)))).toEqual(['hit', 'miss']);
    expect([40, 41].map((score) => above.check(at(score)))).toEqual(['miss', 'hit']);
  });

  test('of a device is met by passing in a grant, by failing in a denial, and by a warning as by passing', () => {
    const fails = conditionsOfDenials.deviceFails.conditionOf('managed', 'deny');
    const verdicts = (result: Parameters<typeof posture>[0]) => {
      const given = facts({ posture: posture(result) });
      return [device.conditionOf('managed', 'allow').check(given), fails.check(given)];
    };
    expect([verdicts('pass'), verdicts('warned'), verdicts('fail'), verdicts('stale')]).toEqual([
      ['hit', 'miss'],
      ['hit', 'miss'],
      ['miss', 'hit'],
      ['unknown', 'unknown'],
    ]);
  });

  test('of equal values is one condition, whichever rules have it', () => {
    const set = new Set(['GET']);
    expect(methods.conditionOf(set, 'allow')).toBe(methods.conditionOf(set, 'deny'));
    expect(methods.conditionOf(new Set(['GET']), 'allow')).not.toBe(methods.conditionOf(set, 'allow'));
    expect(provider.conditionOf('corp', 'allow')).toBe(provider.conditionOf('corp', 'deny'));
    expect(auth.conditionOf({ ...otp }, 'allow')).toBe(auth.conditionOf(otp, 'allow'));
    expect(auth.conditionOf({ ...otp, maxAgeMs: 2 }, 'allow')).not.toBe(auth.conditionOf(otp, 'allow'));
  });
});

describe('keys by name', () => {
  test('are those of grants, and those that only denials have', () => {
    expect(grantCondition('device')).toBe(device);
    expect(conditionNamed('device')).toBe(device);
    expect(conditionNamed('device_fails')).toBe(conditionsOfDenials.deviceFails);
    expect([isGrantKey('device'), isGrantKey('device_fails'), isGrantKey('of_a_later_version')]).toEqual([
      true,
      false,
      false,
    ]);
    for (const name of ['of_a_later_version', 'toString'])
      expect([grantCondition(name), conditionNamed(name)]).toEqual([undefined, undefined]);
    expect(conditionsFor('deny').map(({ condition }) => condition.key)).not.toContain('auth');
  });

  test('have the values of the grant, and of its segment behind', () => {
    const groupsOf = (...names: string[]) => new Set(names);
    const keys = grant({ groups: groupsOf('b') });
    const segment = { name: 'inner', at: keys.at, keys };
    const both = grant({ groups: groupsOf('a'), segment });
    expect(valuesOf(both, 'groups')).toEqual([groupsOf('a'), groupsOf('b')]);
    expect(valuesOf(grant({ segment }), 'groups')).toEqual([groupsOf('b')]);
    expect(valuesOf(grant(), 'groups')).toEqual([]);
    expect(valuesOf(both, 'device_fails')).toEqual([]);
  });

  test('each have words for what was missing, in both languages', () => {
    for (const language of ['english', 'german'] as const) {
      const texts = requirementTexts(language);
      for (const { condition } of conditionsFor('allow'))
        expect(texts).toHaveProperty([`requirement.${condition.key}`], expect.stringMatching(/\S/));
    }
    expect(requirementTexts('german')['requirement.risk']).toBe('Eine Sitzung mit weniger Risiko');
  });
});

test('groups that are asked of somebody are compared whole', () => {
  const verdict = (own: readonly string[]) =>
    groups.conditionOf(new Set(['finance']), 'allow').check(facts({ person: { ...ada, groups: own } }));
  expect([verdict(['staff', 'finance']), verdict(['finance-audit', 'Finance']), verdict([])]).toEqual([
    'hit',
    'miss',
    'miss',
  ]);
});
