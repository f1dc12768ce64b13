import { describe, expect, test } from '@jest/globals';
import { conditionsOfDenials, conditionsOfGrants } from '../../../../src/policy/conditions/all-conditions.ts';
import { checkExpression } from '../../../../src/policy/expression/compile-expression.ts';
import type { AuthenticationRequirement, NetworkSet } from '../../../../src/policy/rule-values.ts';
import { minute, pathPrefix } from '../../../support/judgement-policy.ts';

const { groups, methods, paths, networks, claims, hours, when, device, auth, risk, provider } = conditionsOfGrants;

const ranges = (...all: string[]): NetworkSet => ({ names: all, ranges: all, contains: () => false });
const opaque: NetworkSet = { names: ['vpn'], contains: () => false };
const claim = (name: string, ...values: string[]) => ({ claim: name, values: new Set(values) });
const proof = (maxAgeMs: number | undefined, ...all: AuthenticationRequirement['methods']) => ({
  methods: all,
  maxAgeMs,
});
const open = (source: string) => ({ source, zone: 'UTC', contains: () => true, nextOpeningMs: () => undefined });
function expression(source: string) {
  const checked = checkExpression(source);
  if (checked.outcome !== 'checked') throw new Error('The expression is wrong.');
  return checked.compile({ file: 'postern.yaml', line: 1, column: 1 });
}
const [short, long] = [minute, 2 * minute];

describe('whether whoever meets the one meets the other, by', () => {
  test.each<[string, () => boolean | undefined, boolean]>([
    ['a group of several', () => groups.isNoWider?.(new Set(['a']), new Set(['a', 'b'])), true],
    ['another group beside', () => groups.isNoWider?.(new Set(['a', 'c']), new Set(['a', 'b'])), false],
    ['no group asked for', () => groups.isNoWider?.(undefined, new Set(['a'])), false],
    ['a method of several', () => methods.isNoWider?.(new Set(['GET']), new Set(['GET', 'HEAD'])), true],
    ['the same provider', () => provider.isNoWider?.('corp', 'corp'), true],
    ['another provider', () => provider.isNoWider?.('corp', 'partner'), false],
    ['one of the paths', () => paths.isNoWider?.([pathPrefix('/a/')], [pathPrefix('/b/'), pathPrefix('/a/')]), true],
    ['a path beside', () => paths.isNoWider?.([pathPrefix('/a/'), pathPrefix('/c/')], [pathPrefix('/a/')]), false],
    ['any path, of no path asked for', () => paths.isNoWider?.(undefined, [pathPrefix('/')]), true],
    ['a path, of no path asked for', () => paths.isNoWider?.(undefined, [pathPrefix('/a/')]), false],
    [
      'a range of several',
      () => networks.isNoWider?.(ranges('10.0.0.0/8'), ranges('10.0.0.0/8', '192.0.2.0/24')),
      true,
    ],
    ['a range beside', () => networks.isNoWider?.(ranges('10.0.0.0/8', '192.0.2.0/24'), ranges('10.0.0.0/8')), false],
    ['the very same set, whatever is in it', () => networks.isNoWider?.(opaque, opaque), true],
    ['a set of which nobody knows what is in it', () => networks.isNoWider?.(opaque, ranges('10.0.0.0/8')), false],
    ['a set that is to lie in such a one', () => networks.isNoWider?.(ranges('10.0.0.0/8'), opaque), false],
    ['no network asked for', () => networks.isNoWider?.(undefined, ranges('10.0.0.0/8')), false],
    ['a value of a claim', () => claims.isNoWider?.([claim('unit', 'a')], [claim('unit', 'a', 'b')]), true],
    ['a value beside', () => claims.isNoWider?.([claim('unit', 'a', 'c')], [claim('unit', 'a', 'b')]), false],
    ['another claim of that value', () => claims.isNoWider?.([claim('team', 'a')], [claim('unit', 'a')]), false],
    [
      'one of two claims',
      () => claims.isNoWider?.([claim('unit', 'a')], [claim('unit', 'a'), claim('team', 'x')]),
      false,
    ],
    [
      'both claims and another',
      () =>
        claims.isNoWider?.(
          [claim('plan', 'p'), claim('team', 'x'), claim('unit', 'a')],
          [claim('unit', 'a'), claim('team', 'x')],
        ),
      true,
    ],
    ['no claim asked for', () => claims.isNoWider?.(undefined, [claim('unit', 'a')]), false],
    ['the same hours', () => hours.isNoWider?.(open('09:00-17:00'), open('09:00-17:00')), true],
    ['other hours', () => hours.isNoWider?.(open('09:00-17:00'), open('10:00-17:00')), false],
    ['no hours asked for', () => hours.isNoWider?.(undefined, open('09:00-17:00')), false],
    ['the same condition', () => when.isNoWider?.(expression('true'), expression('true')), true],
    ['another condition', () => when.isNoWider?.(expression('true'), expression('false')), false],
    ['no condition asked for', () => when.isNoWider?.(undefined, expression('true')), false],
    ['the same posture', () => device.isNoWider?.('managed', 'managed'), true],
    ['another posture', () => device.isNoWider?.('managed', 'known'), false],
    ['a method of proof of several', () => auth.isNoWider?.(proof(short, 'otp'), proof(short, 'otp', 'passkey')), true],
    ['a method of proof beside', () => auth.isNoWider?.(proof(short, 'otp', 'passkey'), proof(short, 'otp')), false],
    ['a younger proof', () => auth.isNoWider?.(proof(short, 'otp'), proof(long, 'otp')), true],
    ['an older proof', () => auth.isNoWider?.(proof(long, 'otp'), proof(short, 'otp')), false],
    ['a proof of any age', () => auth.isNoWider?.(proof(undefined, 'otp'), proof(long, 'otp')), false],
    ['a proof, of one of any age', () => auth.isNoWider?.(proof(long, 'otp'), proof(undefined, 'otp')), true],
    ['no proof asked for', () => auth.isNoWider?.(undefined, proof(undefined, 'otp')), false],
    ['as little risk', () => risk.isNoWider?.({ below: 40 }, { below: 40 }), true],
    ['more risk', () => risk.isNoWider?.({ below: 41 }, { below: 40 }), false],
    ['any risk', () => risk.isNoWider?.(undefined, { below: 40 }), false],
    ['of a denial, as much risk', () => conditionsOfDenials.risk.isNoWider?.({ above: 40 }, { above: 40 }), true],
    ['of a denial, less risk', () => conditionsOfDenials.risk.isNoWider?.({ above: 39 }, { above: 40 }), false],
    ['of a denial, any risk', () => conditionsOfDenials.risk.isNoWider?.(undefined, { above: 40 }), false],
  ])('%s', (_what, found, isSo) => {
    expect(found()).toBe(isSo);
  });
});

describe('what a rule asks for that no other asked for, by', () => {
  test.each<[string, () => readonly string[] | undefined, readonly string[]]>([
    ['a claim', () => claims.demands?.([claim('unit', 'a', 'b')], []), ['claim unit = a or b']],
    ['a claim, asked for as strictly', () => claims.demands?.([claim('unit', 'a', 'b')], [[claim('unit', 'a')]]), []],
    [
      'a claim, asked for less strictly',
      () => claims.demands?.([claim('unit', 'a'), claim('team', 'x')], [[claim('unit', 'a', 'b'), claim('team', 'x')]]),
      ['claim unit = a'],
    ],
    [
      'a proof',
      () => auth.demands?.(proof(short, 'otp', 'passkey'), [proof(short, 'password')]),
      ['proof by otp or passkey'],
    ],
    ['a younger proof', () => auth.demands?.(proof(short, 'otp'), [proof(long, 'otp')]), ['a younger proof']],
    ['a proof that was asked for', () => auth.demands?.(proof(long, 'otp'), [proof(short, 'otp')]), []],
    ['a posture', () => device.demands?.('managed', ['known']), ['device managed']],
    ['a posture that was asked for', () => device.demands?.('managed', ['known', 'managed']), []],
    ['less risk', () => risk.demands?.({ below: 40 }, [{ below: 41 }]), ['risk below 40']],
    ['risk that was asked for', () => risk.demands?.({ below: 40 }, [{ below: 41 }, { below: 40 }]), []],
    ['hours', () => hours.demands?.(open('09:00-17:00'), [open('10:00-17:00')]), ['hours 09:00-17:00']],
    ['hours that were asked for', () => hours.demands?.(open('09:00-17:00'), [open('09:00-17:00')]), []],
    ['a condition', () => when.demands?.(expression('true'), [expression('false')]), ['when true']],
    ['a condition that was asked for', () => when.demands?.(expression('true'), [expression('true')]), []],
    ['a network', () => networks.demands?.(ranges('a', 'b'), [ranges('c')]), ['network a or b']],
    [
      'a network of several that were asked for',
      () => networks.demands?.(ranges('a', 'b'), [ranges('c'), ranges('a')]),
      [],
    ],
    [
      'one of the networks, where more were asked for',
      () => networks.demands?.(ranges('a'), [ranges('a', 'b')]),
      ['network a'],
    ],
  ])('%s', (_what, found, words) => {
    expect(found()).toEqual(words);
  });
});
