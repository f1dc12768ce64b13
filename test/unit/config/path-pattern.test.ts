import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePathPattern } from '../../../src/config/compile/path-pattern.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

/** The rule in its plainest form, with backtracking. */
function naive(pattern: string, path: string): boolean {
  const segmentsOf = (text: string) => (text === '/' ? [] : text.slice(1).split('/'));
  const walk = (glob: readonly string[], segments: readonly string[]): boolean => {
    const [first, ...rest] = glob;
    if (first === undefined) return segments.length === 0;
    if (first === '**') return walk(rest, segments) || (segments.length > 0 && walk(glob, segments.slice(1)));
    const [segment, ...others] = segments;
    return segment !== undefined && fits(first, segment) && walk(rest, others);
  };
  const fits = (glob: string, segment: string): boolean => (glob === '*' ? segment !== '' : chars(glob, segment));
  const chars = (glob: string, text: string): boolean => {
    if (glob === '') return text === '';
    if (glob.startsWith('*')) return chars(glob.slice(1), text) || (text !== '' && chars(glob, text.slice(1)));
    return text.startsWith(glob.charAt(0)) && chars(glob.slice(1), text.slice(1));
  };
  return walk(segmentsOf(pattern), segmentsOf(path));
}

describe('a path pattern', () => {
  test.each([
    ['/reports/**', '/reports', true],
    ['/reports/**', '/reports/', true],
    ['/reports/**', '/reports/a/b', true],
    ['/reports/**', '/reports-old', false],
    ['/reports/**', '/Reports/a', false],
    ['/payslips/*', '/payslips/7', true],
    ['/payslips/*', '/payslips/', false],
    ['/payslips/*', '/payslips', false],
    ['/payslips/*', '/payslips/7/pdf', false],
    ['/files/*.pdf', '/files/.pdf', true],
    ['/files/*.pdf', '/files/a/b.pdf', false],
    ['/**/export', '/export', true],
    ['/**/export', '/a/b/export', true],
    ['/**/export', '/export/x', false],
    ['/**', '/', true],
    ['/', '/', true],
    ['/', '/a', false],
    ['/a.c', '/abc', false],
    ['/a*a', '/a', false],
  ])('%s and %s: %s', (pattern, path, fits) => {
    expect(compilePathPattern(pattern).matches(path)).toBe(fits);
  });

  test('a denial is not escaped by another case', () => {
    const { matches, matchesAnyCase } = compilePathPattern('/Admin/**');
    expect([matches('/aDMIN/x'), matchesAnyCase('/aDMIN/x'), matches('/Admin/x')]).toEqual([false, true, true]);
  });

  test('it answers as the rule in plain words does', () => {
    const piece = fc.constantFrom('a', 'b', '*', '.');
    const globSegment = fc.oneof(
      fc.constant('**'),
      fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join('').replace(/\*{2,}/g, '*')),
    );
    const glob = fc.array(globSegment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`);
    const segment = fc
      .array(fc.constantFrom('a', 'b', '.'), { minLength: 1, maxLength: 4 })
      .map((letters) => letters.join(''));
    const path = fc
      .tuple(fc.array(segment, { maxLength: 6 }), fc.boolean())
      .map(([segments, hasSlash]) => `/${segments.join('/')}${hasSlash && segments.length > 0 ? '/' : ''}`);
    fc.assert(
      fc.property(glob, path, (pattern, asked) => {
        expect(compilePathPattern(pattern).matches(asked)).toBe(naive(pattern, asked));
      }),
      { numRuns: 5_000 },
    );
  });

  test('a path made to make matching slow is answered at once', () => {
    const { matches } = compilePathPattern(`/${'**/a*b*c*/'.repeat(20)}end`);
    const path = `/${'aabbcc/'.repeat(2_000)}`;
    const spentMs = cpuMsOf(() => {
      expect(matches(path)).toBe(false);
      expect(compilePathPattern(`/${'*a'.repeat(50)}b`).matches(`/${'a'.repeat(8_000)}`)).toBe(false);
    });
    expect(spentMs).toBeLessThan(2_000);
  });
});
