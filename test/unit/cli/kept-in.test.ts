import { describe, expect, test } from '@jest/globals';
import { keptIn, noteOnKept, worstOfKept } from '../../../src/cli/kept-in.ts';

describe('where a revocation stands', () => {
  test('is told where it is not the state, and as a warning where a restart would lose it', () => {
    expect([noteOnKept(undefined), noteOnKept('state')]).toEqual(['', '']);
    expect(noteOnKept('reserve')).toContain('stands in the reserve');
    expect(noteOnKept('memory')).toMatch(/^WARNING: .*before Postern is restarted/);
  });

  test('is the worst of several; a server that does not say is taken at its word', () => {
    expect(worstOfKept(['state', 'reserve', 'state'])).toBe('reserve');
    expect(worstOfKept(['reserve', 'memory'])).toBe('memory');
    expect([worstOfKept(['state']), worstOfKept([])]).toEqual(['state', undefined]);
    expect([keptIn(undefined), keptIn('elsewhere')]).toEqual([true, false]);
  });
});
