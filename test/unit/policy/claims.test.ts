import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ClaimFacts, PersonFacts } from '../../../src/decision/facts.ts';
import { claimsReadBy } from '../../../src/policy/claims-read.ts';
import { claimsCondition } from '../../../src/policy/conditions/claims.ts';
import { findClaim, pickClaims } from '../../../src/policy/find-claim.ts';
import { ada, facts, grant, policy } from '../../support/judgement-policy.ts';

const requirement = (claim: string, ...values: (string | number | boolean)[]) => ({ claim, values: new Set(values) });
const verdict = (claims: ClaimFacts | undefined, ...requirements: ReturnType<typeof requirement>[]) => {
  const person: PersonFacts = { ...ada, claims };
  return claimsCondition(requirements).check(facts({ person }));
};

describe('a rule by claims', () => {
  test.each<[string, ClaimFacts | undefined, string]>([
    ['holds for the value', { department: 'payroll' }, 'hit'],
    ['holds for a list with the value', { department: ['sales', 'payroll'] }, 'hit'],
    ['misses another value', { department: 'sales' }, 'miss'],
    ['misses another case', { department: 'Payroll' }, 'miss'],
    ['misses an empty list', { department: [] }, 'miss'],
    ['is unknown of null', { department: null }, 'unknown'],
    ['is unknown of an object', { department: { name: 'payroll' } }, 'unknown'],
    ['is unknown of a value of another type', { department: 7 }, 'unknown'],
    ['is unknown of a list with one of another type', { department: ['sales', 7] }, 'unknown'],
    ['holds for a list that has the value beside others', { department: [7, 'payroll'] }, 'hit'],
    ['is unknown where the claim is absent', {}, 'unknown'],
    ['is unknown where the provider sent no claims', undefined, 'unknown'],
  ])('%s', (_title, claims, expected) => {
    expect(verdict(claims, requirement('department', 'payroll'))).toBe(expected);
  });

  test('values are compared by type: 3 is not "3", 1 is not true', () => {
    expect(verdict({ level: '3' }, requirement('level', 3))).toBe('unknown');
    expect(verdict({ level: 1 }, requirement('level', true))).toBe('unknown');
    expect(verdict({ level: '4' }, requirement('level', 3, '3'))).toBe('miss');
    expect(verdict({ level: 3 }, requirement('level', '3', 3))).toBe('hit');
  });

  test('a dot leads into an object; a claim of that very name comes first', () => {
    const wanted = requirement('address.country', 'DE');
    expect(verdict({ address: { country: 'DE' } }, wanted)).toBe('hit');
    expect(verdict({ 'address.country': 'FR', address: { country: 'DE' } }, wanted)).toBe('miss');
    expect(verdict({ address: {} }, wanted)).toBe('unknown');
    expect(verdict({ address: 'DE' }, wanted)).toBe('unknown');
    expect(verdict({ 'https://corp.example/roles': ['a'] }, requirement('https://corp.example/roles', 'a'))).toBe(
      'hit',
    );
  });

  test('every claim must hold: a known miss settles it, an absent one leaves it open', () => {
    const both = [requirement('a', 1), requirement('b', 2)] as const;
    expect(verdict({ a: 1, b: 2 }, ...both)).toBe('hit');
    expect(verdict({ a: 1 }, ...both)).toBe('unknown');
    expect(verdict({ b: 3 }, ...both)).toBe('miss');
  });

  test('what objects inherit is no claim', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'a.constructor'])
      expect(findClaim({ a: {} }, name)).toBeUndefined();
  });
});

describe('what a record holds of claims', () => {
  const names = fc.subarray(['a', 'a.b', 'a.b.c', 'd', '__proto__', 'e.f'], { minLength: 1 });
  const leaf = fc.constantFrom('x', 1, true, null);
  const claims = fc.dictionary(
    fc.constantFrom('a', 'a.b', 'd', 'e', 'z'),
    fc.oneof(
      leaf,
      fc.dictionary(fc.constantFrom('b', 'f', 'y'), fc.oneof(leaf, fc.dictionary(fc.constant('c'), leaf))),
    ),
  );

  test('names the claims that were asked for, finds them where they stood, and holds nothing else', () => {
    fc.assert(
      fc.property(claims, names, (all, asked) => {
        const picked = pickClaims(all, asked);
        for (const name of asked) expect(findClaim(picked, name)?.value).toEqual(findClaim(all, name)?.value);
        for (const name of Object.keys(picked))
          expect(asked.some((one) => one === name || one.startsWith(`${name}.`))).toBe(true);
      }),
    );
  });

  test('are those of the rules, of segments and of conditions in CEL', () => {
    const at = { file: 'postern.yaml', line: 1, column: 1 };
    const when = { source: '', at, claims: ['level'], groups: [], reads: ['claims'], evaluate: () => true };
    const { segment: _none, ...keys } = grant({ claims: [requirement('region', 'eu')] });
    const read = claimsReadBy(
      policy({ grants: [grant({ when, claims: [requirement('department', 'x')], segment: { name: 's', at, keys } })] }),
    );
    expect(read).toEqual(['department', 'level', 'region']);
  });
});
