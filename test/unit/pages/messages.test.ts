import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { reasonCodes } from '../../../src/decision/reason.ts';
import { nameInWords } from '../../../src/pages/messages/check-names.ts';
import {
  chooseLanguage,
  chooseText,
  languages,
  readAcceptLanguage,
} from '../../../src/pages/messages/choose-language.ts';
import { english } from '../../../src/pages/messages/english.ts';
import { englishReasons } from '../../../src/pages/messages/english-reasons.ts';
import { fillSlots } from '../../../src/pages/messages/fill-slots.ts';
import { formatMoment } from '../../../src/pages/messages/format-moment.ts';
import { catalogue } from '../../../src/pages/messages/phrasebook.ts';

const forbidden =
  /\b(forbidden|unauthori[sz]ed|csrf|nonce|oidc|oauth|token mismatch|error|4\d\d|5\d\d|invalid_|contact your administrator)\b/i;

function slotsOf(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort();
}

describe.each(languages)('the catalogue in %s', (language) => {
  const { phrases, reasons } = catalogue[language];

  test('has a title, a headline and a detail for every reason, and none besides', () => {
    expect(Object.keys(reasons).sort()).toEqual([...reasonCodes].sort());
    for (const code of reasonCodes) {
      const { title, headline, detail } = reasons[code];
      for (const text of [title, headline, detail]) expect(text.trim().length).toBeGreaterThan(5);
      expect(detail).toMatch(/[.!?]$/);
      expect(headline).not.toMatch(/\.$/);
    }
  });

  test('keeps a reason’s title free of slots, so that problem bodies of one type have one title', () => {
    for (const code of reasonCodes) expect(slotsOf(reasons[code].title)).toEqual([]);
  });

  test('has a text for every phrase, with the slots of the English one', () => {
    expect(Object.keys(phrases)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries(phrases)) {
      expect({ key, slots: slotsOf(text) }).toEqual({ key, slots: slotsOf(english[key as keyof typeof english]) });
    }
  });

  test('uses only the app as a slot of a reason’s texts', () => {
    for (const code of reasonCodes) {
      const { headline, detail } = reasons[code];
      for (const slot of [...slotsOf(headline), ...slotsOf(detail)]) expect(['app', 'App']).toContain(slot);
    }
  });

  test('begins a sentence with the capital slot and uses the small one inside', () => {
    for (const code of reasonCodes) {
      for (const text of [reasons[code].headline, reasons[code].detail]) {
        expect(text).not.toMatch(/(^|[.?!] )\{app\}/);
        expect(text).not.toMatch(/[^.?!] \{App\}/);
      }
    }
  });

  test('speaks plainly: no status names, no protocol words', () => {
    const texts = [
      ...Object.values(phrases),
      ...reasonCodes.flatMap((code) => [reasons[code].title, reasons[code].headline, reasons[code].detail]),
    ];
    for (const text of texts) expect(text).not.toMatch(forbidden);
  });

  test('has no text that was left in the other language', () => {
    if (language === 'en') return;
    for (const code of reasonCodes) {
      expect(reasons[code].detail).not.toBe(englishReasons[code].detail);
      expect(reasons[code].title).not.toBe(englishReasons[code].title);
    }
  });
});

describe('the language of a page', () => {
  test.each([
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['de-CH, en;q=0.8', 'de'],
    ['en;q=0.5, de;q=0.9', 'de'],
    ['fr, de;q=0.7, en;q=0.3', 'de'],
    ['DE-de', 'de'],
    ['de;q=0, en', 'en'],
    ['*', 'en'],
    ['ja, ko', 'en'],
    ['de;q=banana', 'en'],
    ['de;q=9', 'en'],
    [`de,${'x'.repeat(500)}`, 'en'],
  ])('for %j is %s', (header, expected) => {
    expect(chooseLanguage(readAcceptLanguage(header))).toBe(expected);
  });

  test('is always one that exists, whatever a client sends', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (header) => {
        expect(languages).toContain(chooseLanguage(readAcceptLanguage(header)));
      }),
    );
  });
});

describe('an administrator’s text', () => {
  test('is taken in the reader’s language even when pages do not exist in it', () => {
    expect(chooseText({ en: 'Hello', fr: 'Bonjour' }, ['fr-ch', 'de'], 'de')).toEqual({
      text: 'Bonjour',
      language: 'fr',
    });
  });

  test('falls back to the page’s language, then English, then whatever there is, and says which', () => {
    expect(chooseText({ en: 'Hello', de: 'Hallo' }, ['ja'], 'de')).toEqual({ text: 'Hallo', language: 'de' });
    expect(chooseText({ en: 'Hello' }, ['de'], 'de')).toEqual({ text: 'Hello', language: 'en' });
    expect(chooseText({ ja: 'こんにちは' }, [], 'en')).toEqual({ text: 'こんにちは', language: 'ja' });
    expect(chooseText({ '"><b>': 'x' }, [], 'en')).toEqual({ text: 'x', language: undefined });
    expect(chooseText({}, ['en'], 'en')).toBeUndefined();
  });

  test('is never found by a name that every object has', () => {
    expect(chooseText({ en: 'Hello' }, readAcceptLanguage('constructor, toString'), 'en')?.text).toBe('Hello');
  });
});

describe('the slots of a text', () => {
  test('are filled in order, and a value is never read as a slot', () => {
    expect(fillSlots('{a} and {b}', { a: '{b}', b: 'B' })).toEqual(['{b}', ' and ', 'B']);
  });

  test('show themselves when no value is given', () => {
    expect(fillSlots('Hello {toString}', {})).toEqual(['Hello ', '{toString}']);
  });
});

describe('a moment', () => {
  const now = Date.UTC(2026, 0, 5, 14, 2);

  test('of today is a time with its zone and how long ago it was', () => {
    expect(formatMoment(now - 120_000, now, 'en', 'UTC')).toEqual({
      iso: '2026-01-05T14:00:00.000Z',
      absolute: '14:00 UTC',
      relative: '2 minutes ago',
    });
  });

  test('of another day, in the zone that was asked for, has its date', () => {
    const moment = formatMoment(now - 3 * 86_400_000, now, 'de', 'Europe/Berlin');
    expect(moment?.absolute).toContain('2. Jan. 2026');
    expect(moment?.absolute).toContain('15:02 MEZ');
    expect(moment?.relative).toBe('vor 3 Tagen');
  });

  const minute = 60_000;
  test.each([
    [119 * minute, 'in 1 h 59 min', 'in 1 Std. 59 Min.'],
    [120 * minute, 'in 2 hours', 'in 2 Stunden'],
    [59 * minute + 1, 'in 1 hour', 'in 1 Stunde'],
    [90_001, 'in 2 minutes', 'in 2 Minuten'],
    [1, 'in 1 minute', 'in 1 Minute'],
    [0, 'now', 'jetzt'],
    [-59_000, 'now', 'jetzt'],
    [-119 * minute, '1 h 59 min ago', 'vor 1 Std. 59 Min.'],
    [-120 * minute - 1, '2 hours ago', 'vor 2 Stunden'],
    [23 * 60 * minute + 59 * minute, 'in 23 h 59 min', 'in 23 Std. 59 Min.'],
    [24 * 60 * minute, 'in 1 day', 'in 1 Tag'],
    [26 * 60 * minute, 'in 1 day 2 h', 'in 1 Tag 2 Std.'],
    [47 * 60 * minute + minute, 'in 2 days', 'in 2 Tagen'],
    [-51 * 60 * minute - 59 * minute, '2 days 3 h ago', 'vor 2 Tagen 3 Std.'],
  ])('that is %d ms away is %s, and %s', (awayMs, english, german) => {
    expect(formatMoment(now + awayMs, now, 'en', 'UTC')?.relative).toBe(english);
    expect(formatMoment(now + awayMs, now, 'de', 'UTC')?.relative).toBe(german);
  });

  test('that is ahead is never said to be nearer than it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_399_999 }), (awayMs) => {
        const said = formatMoment(now + awayMs, now, 'en', 'UTC')?.relative ?? '';
        const [, hours = '0'] = /(\d+) h/.exec(said) ?? [];
        const [, minutes = '0'] = /(\d+) min/.exec(said) ?? [];
        const saidMs = said === 'in 1 day' ? 86_400_000 : (Number(hours) * 60 + Number(minutes)) * minute;
        expect(saidMs).toBeGreaterThanOrEqual(awayMs);
        expect(saidMs - awayMs).toBeLessThan(minute);
      }),
    );
  });

  test('that no clock can show is left out', () => {
    expect(formatMoment(Number.NaN, now, 'en', 'UTC')).toBeUndefined();
    expect(formatMoment(1e300, now, 'en', 'UTC')).toBeUndefined();
  });
});

describe('a name of the configuration', () => {
  test.each([
    ['managed_laptop', 'Managed laptop'],
    ['screen-lock-only', 'Screen lock only'],
    ['edr_agent', 'EDR agent'],
    ['os', 'OS'],
    ['_', ''],
    ['ünser__Netz', 'Ünser Netz'],
  ])('%s is told as %s', (name, words) => {
    expect(nameInWords(name)).toBe(words);
  });
});
