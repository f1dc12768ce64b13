import { describe, expect, test } from '@jest/globals';
import type { ClaimFacts, ClaimValue } from '../../src/decision/facts.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { checkExpression } from '../../src/policy/expression/compile-expression.ts';
import { ada, denial, facts, grant, policy } from '../support/judgement-policy.ts';

function conditionOf(source: string) {
  const checked = checkExpression(source);
  if (checked.outcome === 'refused') throw new Error(`${source} ${checked.says}`);
  return checked.compile({ file: 'postern.yaml', line: 1, column: 1 });
}

/** What a denial and a grant with this condition do to a person with these claims. */
function decided(source: string, claims: ClaimFacts): readonly [denial: string, grant: string] {
  const asked = facts({ person: { ...ada, claims } });
  const when = conditionOf(source);
  const asDenial = evaluate(policy({ grants: [grant()], denials: [denial({ when })] }), asked).outcome;
  return [asDenial, evaluate(policy({ grants: [grant({ when })] }), asked).outcome];
}

const closed = ['deny', 'deny'] as const;

/** Values of every type that a provider can send. */
const values: readonly ClaimValue[] = ['true', 'yes', '', 0, 1, 3.5, true, false, null, [], ['true'], {}, { a: 1 }];

/** A comparison, and of which type a claim must be for it to say anything. */
const comparisons: readonly (readonly [source: string, isComparable: (value: ClaimValue) => boolean])[] = [
  ['claims.x == true', (value) => typeof value === 'boolean'],
  ['claims.x != true', (value) => typeof value === 'boolean'],
  ['true == claims.x', (value) => typeof value === 'boolean'],
  ['!(claims.x == true)', (value) => typeof value === 'boolean'],
  ['claims.x == "true"', (value) => typeof value === 'string'],
  ['claims.x != "true"', (value) => typeof value === 'string'],
  ['claims.x == 1', (value) => typeof value === 'number'],
  ['claims.x == 1.0', (value) => typeof value === 'number'],
  ['claims.x < 1', (value) => typeof value === 'number'],
  ['!(claims.x >= 1)', (value) => typeof value === 'number'],
  ['claims.x in ["true"]', (value) => typeof value === 'string'],
  ['!(claims.x in [1, 2])', (value) => typeof value === 'number'],
  ['claims.x == ["true"]', (value) => Array.isArray(value)],
  ['claims.x == now', () => false],
  ['claims.x == duration("1h")', () => false],
  ['claims.x == claims.y', (value) => typeof value === 'string'],
  ['claims.x == "true" ? true : false', (value) => typeof value === 'string'],
  ['claims.x == "true" || claims.x == "yes"', (value) => typeof value === 'string'],
  ['[claims.x].exists(x, x == true)', (value) => typeof value === 'boolean'],
  ['[claims.x].all(x, x != true)', (value) => typeof value === 'boolean'],
  ['[claims.x].filter(x, x == true).size() > 0', (value) => typeof value === 'boolean'],
  [
    'has(claims.x.a) && false == false',
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ],
];

describe('a claim of another type than a condition compares it with', () => {
  test.each(comparisons)('%s lets no denial go by, and opens no grant', (source, isComparable) => {
    for (const x of values) {
      const claims = { x, y: 'true' };
      if (!isComparable(x)) expect([x, ...decided(source, claims)]).toEqual([x, ...closed]);
      // Of the right type, a denial closes exactly where a grant opens.
      else
        expect(new Set(decided(source, claims)).size).toBe(
          2 - Number(decided(source, claims)[0] === decided(source, claims)[1]),
        );
    }
  });

  test.each([
    ['"contractors" in claims.roles', [1, 2]],
    ['"contractors" in claims.roles', [null]],
    ['"contractors" in claims.roles', [['contractors']]],
    ['"contractors" in claims.roles', 'contractors'],
    ['"contractors" in claims.roles', { contractors: true }.contractors],
    ['claims.roles.exists(role, role == "contractors")', [{ name: 'contractors' }]],
    ['claims.roles.exists(role, role.startsWith("contr"))', [7]],
    ['size(claims.roles) > 0', 7],
    ['int(claims.roles) > 3', 'many'],
    ['double(claims.roles) > 3.0', 'NaN'],
    ['double(claims.roles) > 3.0', 'Infinity'],
    ['double(claims.roles) - double(claims.roles) > 0.0', '1e999'],
    ['bool(claims.roles)', 'on'],
    ['timestamp(claims.roles) < now', 'yesterday'],
    ['timestamp(claims.roles) < now', '2026-01-05T10:00:00'],
    ['duration(claims.roles) > duration("1h")', '1 hour'],
    ['claims.roles == {"name": "contractors"}', { name: 'staff' }],
  ] as const)('nor does %s of %j', (source, roles) => {
    expect(decided(source, { roles: roles as ClaimValue })).toEqual(closed);
  });

  test('what is known settles it from either side, and a value that was found is found among others of any type', () => {
    const claims: ClaimFacts = { x: 'yes', roles: [1, 'contractors', null] };
    expect(decided('claims.x == true && request.method == "DELETE"', claims)[0]).toBe('allow');
    expect(decided('request.method == "DELETE" && claims.x == true', claims)[0]).toBe('allow');
    expect(decided('claims.x == true || request.method == "GET"', claims)).toEqual(['deny', 'allow']);
    expect(decided('"contractors" in claims.roles', claims)).toEqual(['deny', 'allow']);
    expect(decided('"staff" in claims.roles', claims)).toEqual(closed);
  });

  test('the same holds of the rule’s own claims', () => {
    const claims = [{ claim: 'x', values: new Set([true]) }];
    for (const x of values) {
      const asked = facts({ person: { ...ada, claims: { x } } });
      const isComparable = typeof x === 'boolean' || (Array.isArray(x) && x.length === 0);
      const asDenial = evaluate(policy({ grants: [grant()], denials: [denial({ claims })] }), asked).outcome;
      const asGrant = evaluate(policy({ grants: [grant({ claims })] }), asked).outcome;
      const expected = isComparable ? (x === true ? ['deny', 'allow'] : ['allow', 'deny']) : closed;
      expect([x, asDenial, asGrant]).toEqual([x, ...expected]);
    }
  });

  test('whether there is a value at all can be asked of every type', () => {
    for (const x of values) {
      expect(decided('claims.x == null', { x })).toEqual(x === null ? ['deny', 'allow'] : ['allow', 'deny']);
      expect(decided('claims.x != null', { x })).toEqual(x === null ? ['allow', 'deny'] : ['deny', 'allow']);
    }
    expect(decided('claims.x == null', {})).toEqual(closed);
  });
});
