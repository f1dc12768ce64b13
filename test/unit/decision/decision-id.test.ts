import { describe, expect, test } from '@jest/globals';
import { createDecisionIdGenerator, parseDecisionId } from '../../../src/decision/decision-id.ts';

describe('a decision id', () => {
  test('is read back from text, and nothing else is', () => {
    const next = createDecisionIdGenerator(() => 0.5);
    const id = next(1_700_000_000_000);
    expect(parseDecisionId(id)).toBe(id);
    expect(parseDecisionId(`${id}x`)).toBeUndefined();
    expect(parseDecisionId('dec_../../etc/passwd')).toBeUndefined();
  });

  test('sorts by time, also within one millisecond', () => {
    const next = createDecisionIdGenerator(() => 0.5);
    const ids = [next(1000), next(1000), next(1001)];
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(3);
  });
});
