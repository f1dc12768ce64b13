import { describe, expect, test } from '@jest/globals';
import { conditionsOfDenials, conditionsOfGrants } from '../../../../src/policy/conditions/all-conditions.ts';
import type { SampleChoice, SampleDraft } from '../../../../src/policy/conditions/sample-draft.ts';
import { checkExpression } from '../../../../src/policy/expression/compile-expression.ts';
import { facts, minute, network, nowMs } from '../../../support/judgement-policy.ts';

const { claims, device, domains, emails, groups, hours, networks, provider, services, when } = conditionsOfGrants;

const anybody: SampleDraft = {
  who: ['somebody'],
  groups: ['all'],
  claims: { plan: 'p' },
  address: '192.0.2.1',
  failing: ['known'],
  nowMs,
};
const eachOf = (choices: readonly SampleChoice[] | undefined) =>
  choices?.map(({ axis, apply }) => [axis, apply(anybody)]);
const someNames = (count: number) => new Set(Array.from({ length: count }, (_, index) => `n${index}`));
function expression(source: string) {
  const checked = checkExpression(source);
  if (checked.outcome !== 'checked') throw new Error('The expression is wrong.');
  return checked.compile({ file: 'postern.yaml', line: 1, column: 1 });
}

describe('somebody of whom a key holds', () => {
  test('is in one of the groups beside their own, has one of the addresses, or is one of the services', () => {
    const who = (word: string) => ['somebody', word];
    expect(eachOf(groups.sampleEach?.(new Set(['a', 'b'])))).toEqual([
      ['membership', { ...anybody, who: who('in a'), groups: ['all', 'a'] }],
      ['membership', { ...anybody, who: who('in b'), groups: ['all', 'b'] }],
    ]);
    expect(eachOf(services.sampleEach?.(new Set(['build'])))).toEqual([
      ['membership', { ...anybody, who: who('as the service build'), service: 'build' }],
    ]);
    expect(eachOf(emails.sampleEach?.(new Set(['a@b.example'])))).toEqual([
      ['address', { ...anybody, who: who('with a@b.example'), email: 'a@b.example' }],
    ]);
    expect(eachOf(domains.sampleEach?.(new Set(['b.example'])))).toEqual([
      ['address', { ...anybody, who: who('with somebody@b.example'), email: 'somebody@b.example' }],
    ]);
  });

  test('is tried for six values of a list and no more', () => {
    for (const { sampleEach } of [groups, services, emails, domains])
      expect(sampleEach?.(someNames(7))).toHaveLength(6);
  });

  test('has the claims beside their own, with the first value of each', () => {
    const wanted = [
      { claim: 'unit', values: new Set(['a', 'b']) },
      { claim: 'level', values: new Set([3]) },
      { claim: 'none', values: new Set<string>() },
    ];
    expect(claims.sample?.(wanted, anybody)).toEqual({
      ...anybody,
      who: ['somebody', 'with unit a', 'with level 3'],
      claims: { plan: 'p', unit: 'a', level: 3 },
    });
  });

  test('signed in with the provider, and fails the posture beside others', () => {
    expect(provider.sample?.('corp', anybody)).toEqual({ ...anybody, who: ['somebody', 'of corp'], provider: 'corp' });
    expect(conditionsOfDenials.deviceFails.sample?.('managed', anybody)).toEqual({
      ...anybody,
      who: ['somebody', 'whose device fails managed'],
      failing: ['known', 'managed'],
    });
  });

  test('is in the first network, or where they were where nobody knows what is in it', () => {
    const set = { names: ['office', 'vpn'], ranges: ['10.1.0.0/16', '10.2.0.0/16'], contains: () => true };
    expect(networks.sample?.(set, anybody)).toMatchObject({
      who: ['somebody', 'from office or vpn'],
      address: '10.1.0.0',
    });
    expect(networks.sample?.(network(), anybody).address).toBe('192.0.2.1');
  });

  test('asks when the hours are, else when they are next', () => {
    const at = (isOpen: boolean, nextMs: number | undefined) =>
      hours.sample?.({ source: '09-17', zone: 'UTC', contains: () => isOpen, nextOpeningMs: () => nextMs }, anybody);
    expect(at(true, nowMs + minute)).toEqual({ ...anybody, who: ['somebody', 'in 09-17'] });
    expect(at(false, nowMs + minute)?.nowMs).toBe(nowMs + minute);
    expect(at(false, undefined)?.nowMs).toBe(nowMs);
  });
});

describe('when and from where a rule may come out otherwise', () => {
  test('is an address of each range, the next opening, and any time where a condition reads it', () => {
    const set = { names: ['office'], ranges: ['10.1.0.0/16', '2001:db8::/32'], contains: () => true };
    expect(networks.situations?.(set, nowMs)).toEqual({ addresses: ['10.1.0.0', '2001:db8::'] });
    expect(networks.situations?.(network(), nowMs)).toEqual({ addresses: [] });
    const opening = { source: '', zone: 'UTC', contains: () => false, nextOpeningMs: (ms: number) => ms + 1 };
    expect(hours.situations?.(opening, nowMs)).toEqual({ isTimed: true, openingMs: nowMs + 1 });
    expect(when.situations?.(expression('now > timestamp("2026-01-01T00:00:00Z")'), nowMs)).toEqual({ isTimed: true });
    expect(when.situations?.(expression('user.email == "a"'), nowMs)).toEqual({ isTimed: false });
  });
});

describe('a question about a request that nobody has made', () => {
  test('makes networks unknown, and conditions that read the request or the device', () => {
    const anywhere = networks.withoutRequest?.(network());
    expect(anywhere?.names).toEqual([]);
    expect(() => anywhere?.contains('192.0.2.1')).toThrow(RangeError);
    const reads = (source: string) => when.withoutRequest?.(expression(source)).evaluate(facts());
    expect(reads('request.path == "/reports/2026"')).toBeUndefined();
    expect(reads('device.id == "ada-laptop" || user.email == "ada@corp.example"')).toBeUndefined();
    expect(reads('user.email == "ada@corp.example"')).toBe(true);
  });

  test('settles that there is none of what was given without it', () => {
    expect([
      claims.isSettledBy?.({ claims: {} }),
      claims.isSettledBy?.({ claims: { a: 1 } }),
      claims.isSettledBy?.({}),
    ]).toEqual([true, false, false]);
    expect([
      device.isSettledBy?.({ device: {} }),
      device.isSettledBy?.({ device: { a: 1 } }),
      device.isSettledBy?.({}),
    ]).toEqual([true, false, false]);
    for (const { isSettledBy } of [emails, domains])
      expect([isSettledBy?.({ email: 'a' }), isSettledBy?.({ user: 'a' }), isSettledBy?.({})]).toEqual([
        true,
        true,
        false,
      ]);
  });
});
