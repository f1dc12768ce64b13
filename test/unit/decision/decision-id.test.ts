import { describe, expect, test } from '@jest/globals';
import { createDecisionIdGenerator, parseDecisionId, parseDecisionIdRange } from '../../../src/decision/decision-id.ts';

describe('a decision id', () => {
  test('is read back from text, and nothing else is', () => {
    const next = createDecisionIdGenerator(() => 0.5);
    const id = next(1_700_000_000_000);
    expect(parseDecisionId(id)).toBe(id);
    expect(parseDecisionId(`${id}x`)).toBeUndefined();
    expect(parseDecisionId(`x${id}`)).toBeUndefined();
    // The highest time of a ULID begins with a 7.
    expect(parseDecisionId(id.replace('dec_0', 'dec_8'))).toBeUndefined();
    expect(parseDecisionId('dec_../../etc/passwd')).toBeUndefined();
  });

  test('sorts by time, also within one millisecond', () => {
    const next = createDecisionIdGenerator(() => 0.5);
    const ids = [next(1000), next(1000), next(1001)];
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(3);
  });
});

describe('the beginning of a decision id', () => {
  const nowMs = 1_700_000_000_000;
  const id = createDecisionIdGenerator(() => 0.5)(nowMs);

  test('is the whole of it: that one, at its time', () => {
    expect(parseDecisionIdRange(id)).toEqual({ prefix: id, isWhole: true, fromMs: nowMs, toMs: nowMs });
  });

  test('is read in any case, and without its kind', () => {
    const prefix = id.slice(0, 12);
    expect(parseDecisionIdRange(prefix.slice('dec_'.length).toLowerCase())).toEqual(parseDecisionIdRange(prefix));
    expect(parseDecisionIdRange(id.toUpperCase())).toEqual(parseDecisionIdRange(id));
  });

  test('stands for all ids that begin so, from the first instant to the last', () => {
    // Four of the ten characters of the time are open: 20 bits of milliseconds.
    const range = parseDecisionIdRange(id.slice(0, 10));
    const fromMs = Math.floor(nowMs / 2 ** 20) * 2 ** 20;
    expect(range).toEqual({ prefix: id.slice(0, 10), isWhole: false, fromMs, toMs: fromMs + 2 ** 20 - 1 });
  });

  test('is neither when it is too short, too long, or has other characters', () => {
    const twice = `${id.slice(4, 8)}dec_${id.slice(8, 12)}`;
    for (const text of [id.slice(0, 9), `${id}0`, 'dec_', '', 'dec_0IIIII', `x${id.slice(0, 12)}`, 'dec_8ZZZZZ', twice])
      expect([text, parseDecisionIdRange(text)]).toEqual([text, undefined]);
  });
});
