import { describe, expect, test } from '@jest/globals';
import { nextOpening } from '../../../src/policy/next-opening.ts';
import type { Hours } from '../../../src/policy/rule-values.ts';

/** Open for the first `open` of every `every`. */
const rhythm = (open: number, every: number, zone = 'UTC'): Hours => ({
  source: '',
  zone,
  contains: (atMs) => atMs % every < open,
  nextOpeningMs: (atMs) => (Math.floor(atMs / every) + 1) * every,
});
const never: Hours = { source: '', zone: 'UTC', contains: () => false, nextOpeningMs: () => undefined };
const stuck: Hours = { ...never, nextOpeningMs: (atMs) => atMs };

describe('when hours hold next', () => {
  test('is when all of them do, told in the zone of the first', () => {
    expect(nextOpening([rhythm(2, 10, 'Europe/Berlin')], 5)).toEqual({ atMs: 10, zone: 'Europe/Berlin' });
    expect(nextOpening([rhythm(2, 10), rhythm(1, 15)], 5)).toEqual({ atMs: 30, zone: 'UTC' });
  });

  test('is not told where there are none, and where they hold now', () => {
    expect(nextOpening([], 5)).toBeUndefined();
    expect(nextOpening([rhythm(6, 10)], 5)).toBeUndefined();
  });

  test('is not told where they never do, or never together', () => {
    expect(nextOpening([never], 5)).toBeUndefined();
    expect(nextOpening([stuck], 5)).toBeUndefined();
    expect(nextOpening([rhythm(1, 10), { ...rhythm(1, 10), contains: (atMs) => atMs % 10 === 5 }], 1)).toBeUndefined();
  });
});
