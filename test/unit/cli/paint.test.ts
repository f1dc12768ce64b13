import { describe, expect, test } from '@jest/globals';
import { paintHeads, wantsColor } from '../../../src/cli/paint.ts';

describe('colours', () => {
  test('are on the word that begins a line and says how something came out, and nowhere else', () => {
    const text = 'DENY  explicit_deny\n  ok    fine\nokay\nwho DENY\n';
    expect(paintHeads(text, true)).toBe(
      '\u001b[31m\u001b[1mDENY\u001b[22m\u001b[39m  explicit_deny\n  \u001b[32m\u001b[1mok\u001b[22m\u001b[39m    fine\nokay\nwho DENY\n',
    );
    expect(paintHeads(text, false)).toBe(text);
  });

  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ])('a terminal: %s, %j: %s', (isTTY, env, expected) => {
    expect(wantsColor({ isTTY }, env)).toBe(expected);
  });
});
