import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accentFor, contrastOf } from '../../../src/pages/accent.ts';
import { type Theme, themes } from '../../../src/pages/palette.ts';

const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);
const themeName = fc.constantFrom('light' as const, 'dark' as const);
const grounds = ['page', 'card', 'danger-tint', 'ok-tint', 'warn-tint', 'info-tint'] as const;

/** What stands in which theme, once a company's colour is in it. */
const themeWith = (accent: string, name: keyof typeof themes): Theme => ({
  ...themes[name],
  ...accentFor(accent, name),
});

test('a contrast is that of WCAG: 21 between black and white, 1 between the same', () => {
  expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21);
  expect(contrastOf('#ffffff', '#767676')).toBeCloseTo(4.54, 2);
  expect(contrastOf('#123456', '#123456')).toBe(1);
});

test('whatever colour a company has, links, buttons and the words on its tint can be read in both themes', () => {
  fc.assert(
    fc.property(colour, themeName, (accent, name) => {
      const theme = themeWith(accent, name);
      for (const ground of grounds) expect(contrastOf(theme.link, theme[ground])).toBeGreaterThanOrEqual(4.5);
      expect(contrastOf(theme['on-link'], theme.link)).toBeGreaterThanOrEqual(4.5);
      for (const word of ['text', 'muted'] as const)
        expect(contrastOf(theme[word], theme['info-tint'])).toBeGreaterThanOrEqual(4.5);
    }),
    { numRuns: 3_000 },
  );
});

test('a colour that can be read is not touched, and another keeps its hue', () => {
  expect(accentFor('#0550ae', 'light').link).toBe('#0550ae');
  expect(accentFor('#79b8ff', 'dark').link).toBe('#79b8ff');
  const yellow = accentFor('#ffe600', 'light').link;
  expect(yellow).not.toBe('#ffe600');
  const [red = 0, green = 0, blue = 1] = [1, 3, 5].map((at) => Number.parseInt(yellow.slice(at, at + 2), 16));
  expect(blue).toBe(0);
  expect(red / green).toBeCloseTo(0xff / 0xe6, 1);
});

test('the themes themselves can be read on all of their backgrounds', () => {
  for (const theme of Object.values<Theme>(themes)) {
    for (const word of ['text', 'muted', 'link'] as const)
      for (const ground of grounds) expect(contrastOf(theme[word], theme[ground])).toBeGreaterThanOrEqual(4.5);
    for (const state of ['danger', 'ok', 'warn'] as const) {
      expect(contrastOf(theme[state], theme.card)).toBeGreaterThanOrEqual(4.5);
      expect(contrastOf(theme[state], theme[`${state}-tint`])).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrastOf(theme.border, theme.card)).toBeGreaterThanOrEqual(3);
  }
});
