import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRequirement } from '../../../src/config/values/requirement.ts';
import { compareFact } from '../../../src/devices/compare-fact.ts';
import type { FactValue } from '../../../src/devices/device-fact.ts';

type Operator = '>=' | '>' | '<=' | '<' | '==' | '!=';
const operators = ['>=', '>', '<=', '<', '==', '!='] as const satisfies readonly Operator[];

/** As a posture writes it. */
function compare(fact: FactValue, operator: Operator, value: string) {
  const parsed = parseRequirement(`fact ${operator} ${value}`);
  if (!parsed.ok) throw new Error(`"${value}" cannot be written.`);
  return compareFact(fact, parsed.value);
}

function holds(difference: number, operator: Operator): boolean {
  switch (operator) {
    case '>=':
      return difference >= 0;
    case '>':
      return difference > 0;
    case '<=':
      return difference <= 0;
    case '<':
      return difference < 0;
    case '==':
      return difference === 0;
    case '!=':
      return difference !== 0;
  }
}

const numbers = fc.array(fc.nat(99_999), { minLength: 1, maxLength: 5 });
const operator = fc.constantFrom(...operators);
const moment = fc.date({
  min: new Date('1990-01-01T00:00:00Z'),
  max: new Date('2090-01-01T00:00:00Z'),
  noInvalidDate: true,
});

function orderOf(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

describe('a comparison', () => {
  test('of versions goes number by number', () => {
    fc.assert(
      fc.property(numbers, numbers, operator, (one, other, sign) => {
        expect(compare(one.join('.'), sign, other.join('.'))).toBe(holds(orderOf(one, other), sign) ? 'pass' : 'fail');
      }),
    );
    expect(compare('14.10', '>=', '14.9')).toBe('pass');
    expect(compare('14', '>=', '14.0')).toBe('pass');
  });

  test('of numbers is that of numbers, never of texts', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.integer({ min: -1e9, max: 1e9 }),
        operator,
        (one, other, sign) => {
          expect(compare(one, sign, String(other))).toBe(holds(one - other, sign) ? 'pass' : 'fail');
        },
      ),
    );
    expect(compare(9, '<', '10')).toBe('pass');
  });

  test('of dates goes by the moment, whatever its zone', () => {
    fc.assert(
      fc.property(moment, moment, operator, (one, other, sign) => {
        const expected = holds(one.getTime() - other.getTime(), sign) ? 'pass' : 'fail';
        expect(compare(one.toISOString(), sign, other.toISOString())).toBe(expected);
      }),
    );
    expect(compare('2026-01-05T10:00:00+01:00', '==', '2026-01-05T09:00:00Z')).toBe('pass');
    expect(compare('2026-01-05', '>=', '2026-01-04')).toBe('pass');
    expect(compare('2026-02-31', '>=', '2026-01-01')).toBe('unknown');
  });

  test('of true and false knows equal and not equal, and no order', () => {
    for (const [fact, value] of [
      [true, 'true'],
      [false, 'false'],
      [true, 'false'],
    ] as const) {
      expect(compare(fact, '==', value)).toBe(String(fact) === value ? 'pass' : 'fail');
      for (const sign of ['>=', '>', '<=', '<'] as const) expect(compare(fact, sign, value)).toBe('unknown');
    }
  });

  test('of two types is unknown, which opens nothing and closes nothing by itself', () => {
    const notVersions = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/^\d/.test(text));
    fc.assert(
      fc.property(notVersions, fc.constantFrom('>=', '>', '<=', '<'), (text, sign) => {
        expect(compare(text, sign, '14.0')).toBe('unknown');
      }),
    );
    expect(compare(true, '==', '1')).toBe('unknown');
    expect(compare(14, '>=', '14.0.1')).toBe('unknown');
    expect(compare('14.0', '>=', '2026-01-01')).toBe('unknown');
  });

  test('is one of: less, equal, greater; and "not equal" is never both', () => {
    fc.assert(
      fc.property(numbers, numbers, (one, other) => {
        const of = (sign: Operator) => compare(one.join('.'), sign, other.join('.')) === 'pass';
        expect([of('<'), of('=='), of('>')].filter(Boolean)).toHaveLength(1);
        expect(of('!=')).toBe(!of('=='));
        expect(of('>=')).toBe(of('>') || of('=='));
      }),
    );
  });

  test('with a name alone takes nothing but true', () => {
    const bare = parseRequirement('disk_encrypted');
    if (!bare.ok) throw new Error('It cannot be written.');
    expect([true, false, 'true', 1, '1', 'yes'].map((fact) => compareFact(fact, bare.value))).toEqual([
      'pass',
      'fail',
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
  });
});
