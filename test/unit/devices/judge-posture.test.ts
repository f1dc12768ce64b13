import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Posture, PostureRequirement } from '../../../src/config/snapshot.ts';
import { compareFact } from '../../../src/devices/compare-fact.ts';
import type { FactValue } from '../../../src/devices/device-fact.ts';
import { type DeviceRecord, emptyDeviceRecord, withStatements } from '../../../src/devices/device-record.ts';
import { judgePosture } from '../../../src/devices/judge-posture.ts';

const nowMs = Date.UTC(2026, 0, 5, 9);
const hour = 3_600_000;

function requirement(
  check: string,
  operator: PostureRequirement['operator'] = 'is_true',
  value?: string,
): PostureRequirement {
  return { check, operator, value, source: value === undefined ? check : `${check} ${operator} ${value}` };
}

function posture(require: readonly PostureRequirement[], keys: Partial<Posture> = {}): Posture {
  const at = { file: 'postern.yaml', line: 1, column: 1 };
  return { name: 'managed', at, require, maxAgeMs: 24 * hour, sources: undefined, help: {}, ...keys };
}

/** A device of which sources said things, each some time ago. */
function told(
  ...statements: readonly [source: string, name: string, value: FactValue, ageMs?: number][]
): DeviceRecord {
  let record = emptyDeviceRecord;
  for (const [source, name, value, ageMs = 0] of statements) {
    record = withStatements(record, new Map([[name, value]]), source, nowMs - ageMs) ?? record;
  }
  return record;
}

const disk = requirement('disk_encrypted');
const os = requirement('os_version', '>=', '14.0');

describe('a posture', () => {
  test('passes when every fact is there, fresh and good', () => {
    const record = told(['self', 'disk_encrypted', true], ['self', 'os_version', '14.10']);
    expect(judgePosture(record, posture([disk, os]), nowMs).facts).toEqual({
      posture: 'managed',
      result: 'pass',
      checks: [
        { check: 'disk_encrypted', result: 'pass', value: true, source: 'self', asOfMs: nowMs },
        { check: 'os_version >= 14.0', result: 'pass', value: '14.10', source: 'self', asOfMs: nowMs },
      ],
    });
  });

  test('fails on a known failure, whatever else is missing or old', () => {
    const record = told(['self', 'disk_encrypted', false], ['self', 'os_version', '15.0', 25 * hour]);
    const { facts } = judgePosture(record, posture([os, disk, requirement('firewall')]), nowMs);
    expect(facts.result).toBe('fail');
    expect(facts.checks.map(({ result }) => result)).toEqual(['stale', 'fail', 'unknown']);
  });

  test('is unknown when a fact was never told', () => {
    expect(judgePosture(emptyDeviceRecord, posture([disk]), nowMs).facts.result).toBe('unknown');
  });

  test('is stale from the first millisecond after max_age', () => {
    const rule = posture([disk]);
    const record = told(['self', 'disk_encrypted', true, 24 * hour]);
    expect(judgePosture(record, rule, nowMs).facts.result).toBe('pass');
    expect(judgePosture(record, rule, nowMs + 1).facts.result).toBe('stale');
  });

  test('an old failure is no fresh failure', () => {
    const record = told(['self', 'disk_encrypted', false, 25 * hour]);
    expect(judgePosture(record, posture([disk]), nowMs).facts.result).toBe('stale');
  });

  test('takes no fact from the future, but for a clock a minute off', () => {
    const rule = posture([disk]);
    expect(judgePosture(told(['fleet', 'disk_encrypted', true, -60_000]), rule, nowMs).facts.result).toBe('pass');
    expect(judgePosture(told(['fleet', 'disk_encrypted', true, -60_001]), rule, nowMs).facts.result).toBe('unknown');
  });

  test('takes two fresh sources that disagree for no fact', () => {
    const record = told(['self', 'disk_encrypted', true], ['admin', 'disk_encrypted', false, hour]);
    expect(judgePosture(record, posture([disk]), nowMs).facts.result).toBe('unknown');
  });

  test('takes two fresh sources that agree for one', () => {
    const record = told(['self', 'disk_encrypted', true], ['admin', 'disk_encrypted', true, hour]);
    expect(judgePosture(record, posture([disk]), nowMs).facts.result).toBe('pass');
  });

  test('does not count an old source against a fresh one', () => {
    const record = told(['self', 'disk_encrypted', true], ['admin', 'disk_encrypted', false, 25 * hour]);
    expect(judgePosture(record, posture([disk]), nowMs).facts.result).toBe('pass');
  });

  test('hears only the sources that it names', () => {
    const record = told(['self', 'disk_encrypted', true], ['admin', 'disk_encrypted', false]);
    expect(judgePosture(record, posture([disk], { sources: ['admin'] }), nowMs).facts.result).toBe('fail');
    expect(judgePosture(record, posture([disk], { sources: ['fleet'] }), nowMs).facts.result).toBe('unknown');
  });

  test('tells where to mend a check', () => {
    const help = { disk_encrypted: 'https://help.corp.example/filevault' };
    const { facts } = judgePosture(told(['self', 'disk_encrypted', false]), posture([disk], { help }), nowMs);
    expect(facts.checks[0]?.helpUrl).toBe(help.disk_encrypted);
  });

  test('finds nothing under names that every object has', () => {
    const rule = posture([requirement('constructor')]);
    expect(judgePosture(emptyDeviceRecord, rule, nowMs).facts.result).toBe('unknown');
    expect(judgePosture(emptyDeviceRecord, rule, nowMs).facts.checks[0]).not.toHaveProperty('helpUrl');
  });

  test('says how long its result holds, and it does', () => {
    const age = fc.integer({ min: -3 * 60_000, max: 30 * hour });
    const fact = fc.tuple(
      fc.constantFrom('self', 'admin'),
      fc.constantFrom('disk_encrypted', 'firewall'),
      fc.boolean(),
      age,
    );
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 5 }), fc.nat(30 * hour), (statements, laterMs) => {
        const record = told(...statements);
        const rule = posture([disk, requirement('firewall')]);
        const first = judgePosture(record, rule, nowMs);
        const thenMs = Math.min(nowMs + laterMs, first.holdsUntilMs);
        expect(judgePosture(record, rule, thenMs).facts).toEqual(first.facts);
      }),
    );
  });
});

describe('a comparison', () => {
  test.each<[FactValue, PostureRequirement['operator'], string | undefined, string]>([
    [true, 'is_true', undefined, 'pass'],
    [false, 'is_true', undefined, 'fail'],
    ['true', 'is_true', undefined, 'unknown'],
    [1, 'is_true', undefined, 'unknown'],
    ['14.10', '>=', '14.9', 'pass'],
    ['14.9', '>=', '14.10', 'fail'],
    ['14', '>=', '14.0', 'pass'],
    ['14.0.1', '<=', '14', 'fail'],
    ['9.0', '>=', '14.0', 'fail'],
    ['014.0', '==', '14', 'pass'],
    ['14.0-beta', '>=', '14.0', 'unknown'],
    ['', '>=', '14.0', 'unknown'],
    [15, '>=', '14.5', 'pass'],
    [14.1, '>=', '14.5', 'fail'],
    [15, '>', '14.5.1', 'unknown'],
    [-3, '<', '0', 'pass'],
    ['macos', '==', 'macos', 'pass'],
    ['macos', '!=', 'macos', 'fail'],
    ['windows', '!=', 'macos', 'pass'],
    ['macos', '>', 'linux', 'unknown'],
    [true, '==', 'true', 'pass'],
    [true, '!=', 'false', 'pass'],
    [true, '==', 'yes', 'unknown'],
    [true, '!=', 'yes', 'unknown'],
    [true, '>=', '1', 'unknown'],
    [1, '==', 'one', 'unknown'],
    [1, '!=', 'one', 'unknown'],
    ['1.2', '>=', undefined, 'unknown'],
  ])('%p %s %p: %s', (fact, operator, value, outcome) => {
    expect(compareFact(fact, requirement('fact', operator, value))).toBe(outcome);
  });

  test('of versions is an order', () => {
    const versions = fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join('.'));
    fc.assert(
      fc.property(versions, versions, (one, other) => {
        const holds = (operator: PostureRequirement['operator']): boolean =>
          compareFact(one, requirement('v', operator, other)) === 'pass';
        expect([holds('<'), holds('=='), holds('>')].filter(Boolean)).toHaveLength(1);
        expect(holds('>=')).toBe(holds('>') || holds('=='));
        expect(holds('<=')).toBe(!holds('>'));
        expect(holds('!=')).toBe(!holds('=='));
      }),
    );
  });
});
