import { describe, expect, test } from '@jest/globals';
import type { PostureFacts } from '../../../src/decision/facts.ts';
import { createFirstWarnings } from '../../../src/devices/first-warnings.ts';
import { mayBeWarned, withGrace } from '../../../src/devices/grace.ts';
import { createMemoryStore } from '../../support/judgement-memory-store.ts';

const now = Date.UTC(2026, 0, 5);
const ada = { issuer: 'https://idp.corp.example', subject: 'ada' };
const week = { warnForMs: 7 * 86_400_000 };

function judged(...results: readonly PostureFacts['checks'][number]['result'][]): PostureFacts {
  return {
    posture: 'managed',
    result: 'fail',
    checks: results.map((result, index) => ({ check: `c${index}`, result })),
  };
}

describe('the first warning', () => {
  test('stands, whoever warns again: another process hears of it, and a third sees the first time', async () => {
    const store = createMemoryStore(() => now);
    const [one, other] = [createFirstWarnings(store), createFirstWarnings(store)];
    expect(await other.of(ada, 'managed')).toEqual({ atMs: 'never' });
    expect(await one.begin(ada, 'managed', now)).toBe(now);
    expect(await other.begin(ada, 'managed', now + 5000)).toBe(now);
    expect(await other.of(ada, 'managed')).toEqual({ atMs: now });
    expect(await createFirstWarnings(store).of(ada, 'managed')).toEqual({ atMs: now });
  });

  test('is of a person and a posture: the same subject of another issuer, and another posture, have their own', async () => {
    const warnings = createFirstWarnings(createMemoryStore(() => now));
    await warnings.begin(ada, 'managed', now);
    expect(await warnings.of({ ...ada, issuer: 'https://other.example' }, 'managed')).toEqual({ atMs: 'never' });
    expect(await warnings.of(ada, 'other')).toEqual({ atMs: 'never' });
  });

  test('that cannot be read is a fault, not "never"', async () => {
    const store = createMemoryStore(() => now);
    const broken = { ...store, read: () => Promise.reject(new Error('away')) };
    await expect(Promise.resolve(createFirstWarnings(broken).of(ada, 'managed'))).rejects.toThrow('away');
  });
});

describe('grace', () => {
  test.each([
    ['all facts fresh, one failing', ['pass', 'fail'], true],
    ['a stale fact beside the failing one', ['stale', 'fail'], false],
    ['an unknown fact beside the failing one', ['unknown', 'fail'], false],
  ] as const)('%s: %s', (_, results, expected) => {
    expect(mayBeWarned(judged(...results), week)).toBe(expected);
  });

  test('is for postures that warn', () => {
    expect(mayBeWarned(judged('fail'), {})).toBe(false);
    expect(withGrace(judged('fail'), {}, now, now).result).toBe('fail');
  });

  test('ends to the millisecond, and a first warning from the future gives none', () => {
    const at = (nowMs: number) => withGrace(judged('fail'), week, now, nowMs).result;
    expect([at(now), at(now + week.warnForMs - 1), at(now + week.warnForMs)]).toEqual(['warned', 'warned', 'fail']);
    expect(at(now - 61_000)).toBe('fail');
  });
});
