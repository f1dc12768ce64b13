import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { compileHours } from '../../../src/config/compile/opening-hours.ts';
import { nextOpening } from '../../../src/policy/next-opening.ts';
import { type HoursSettings, weekdays } from '../../../src/policy/rule-values.ts';

const berlin = 'Europe/Berlin';
const office: HoursSettings = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: 7 * 60, to: 20 * 60, zone: berlin };
const at = (text: string, zone = berlin) => DateTime.fromISO(text, { zone }).toMillis();
const opens = (settings: HoursSettings, text: string) => {
  const next = compileHours(settings).nextOpeningMs(at(text, settings.zone));
  return next === undefined
    ? undefined
    : DateTime.fromMillis(next, { zone: settings.zone }).toISO({ suppressSeconds: true, suppressMilliseconds: true });
};

describe('opening hours', () => {
  test.each([
    ['2026-01-05T06:59:59', false],
    ['2026-01-05T07:00:00', true],
    ['2026-01-05T19:59:59', true],
    ['2026-01-05T20:00:00', false],
    ['2026-01-10T12:00:00', false],
    ['2026-07-06T07:00:00', true],
    ['2026-07-06T06:59:59', false],
  ])('%s is within mon-fri 07:00-20:00: %s', (text, expected) => {
    expect(compileHours(office).contains(at(text))).toBe(expected);
  });

  test('over midnight they belong to the day on which they begin', () => {
    const night = compileHours({ days: ['fri'], from: 22 * 60, to: 6 * 60, zone: berlin });
    const inside = ['2026-01-09T22:00', '2026-01-10T05:59'];
    const outside = ['2026-01-09T05:00', '2026-01-09T21:59', '2026-01-10T06:00', '2026-01-10T22:30'];
    expect(inside.map((text) => night.contains(at(text)))).toEqual([true, true]);
    expect(outside.map((text) => night.contains(at(text)))).toEqual([false, false, false, false]);
  });

  test('24:00 is the end of the day', () => {
    const all = compileHours({ days: ['sun'], from: 0, to: 24 * 60, zone: berlin });
    expect(all.contains(at('2026-01-11T23:59:59'))).toBe(true);
    expect(all.contains(at('2026-01-12T00:00'))).toBe(false);
  });

  test('hours in the gap of the clock begin after it', () => {
    // On 29 March 2026 the clock goes from 02:00 to 03:00.
    const settings: HoursSettings = { from: 2 * 60 + 30, to: 4 * 60, zone: berlin };
    expect(opens(settings, '2026-03-29T00:00')).toBe('2026-03-29T03:00+02:00');
    expect(compileHours(settings).contains(at('2026-03-29T03:00'))).toBe(true);
    expect(opens({ from: 2 * 60, to: 3 * 60, zone: berlin }, '2026-03-29T00:00')).toBe('2026-03-30T02:00+02:00');
  });

  test('a time that comes twice counts twice', () => {
    // On 25 October 2026 the clock goes from 03:00 back to 02:00.
    const hours = compileHours({ from: 2 * 60 + 15, to: 2 * 60 + 45, zone: berlin });
    const utc = (text: string) => hours.contains(Date.parse(`2026-10-25T${text}:00Z`));
    expect(['00:20', '00:50', '01:10', '01:20', '01:50'].map(utc)).toEqual([true, false, false, true, false]);
  });

  test.each([
    ['2026-01-05T06:00', '2026-01-05T07:00+01:00'],
    ['2026-01-05T20:00', '2026-01-06T07:00+01:00'],
    ['2026-01-09T21:00', '2026-01-12T07:00+01:00'],
    ['2026-01-05T12:00', '2026-01-06T07:00+01:00'],
    ['2026-03-28T12:00', '2026-03-30T07:00+02:00'],
  ])('after %s they begin next at %s', (text, expected) => {
    expect(opens(office, text)).toBe(expected);
  });

  test('begin where a search minute by minute finds it, also around changes of the clock', () => {
    const settings = fc.record({
      days: fc.subarray([...weekdays], { minLength: 1 }),
      from: fc.integer({ min: 0, max: 1439 }),
      to: fc.integer({ min: 0, max: 1440 }),
      zone: fc.constantFrom(berlin, 'Australia/Lord_Howe'),
    });
    const start = fc
      .tuple(
        fc.constantFrom(Date.UTC(2026, 2, 28), Date.UTC(2026, 9, 24), Date.UTC(2026, 3, 4), Date.UTC(2026, 5, 1)),
        fc.integer({ min: 0, max: 2_880 }),
      )
      .map(([day, minutes]) => day + minutes * 60_000);
    fc.assert(
      fc.property(settings, start, (one, nowMs) => {
        fc.pre(one.from !== one.to);
        const hours = compileHours(one);
        const minutes = Array.from({ length: 15 * 1_440 }, (_, index) => nowMs + (index + 1) * 60_000);
        const expected = minutes.find((at) => hours.contains(at) && !hours.contains(at - 60_000));
        expect(hours.nextOpeningMs(nowMs)).toBe(expected);
      }),
      { numRuns: 100 },
    );
  });

  test('say what they are', () => {
    expect(compileHours(office).source).toBe('mon-fri 07:00-20:00 Europe/Berlin');
    expect(compileHours({ days: ['sun', 'mon', 'wed'], from: 1320, to: 360, zone: 'UTC' }).source).toBe(
      'mon,wed,sun 22:00-06:00 UTC',
    );
  });

  test('agree with luxon at every instant, in zones with odd offsets', () => {
    const settings = fc.record({
      days: fc.subarray([...weekdays], { minLength: 1 }),
      from: fc.integer({ min: 0, max: 1439 }),
      to: fc.integer({ min: 0, max: 1440 }),
      zone: fc.constantFrom(
        berlin,
        'Australia/Lord_Howe',
        'Asia/Kathmandu',
        'America/St_Johns',
        'Pacific/Chatham',
        'UTC',
      ),
    });
    const instant = fc.oneof(
      fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) }),
      fc.integer({ min: -180, max: 180 }).map((minutes) => Date.UTC(2026, 2, 29, 1) + minutes * 60_000),
      fc.integer({ min: -180, max: 180 }).map((minutes) => Date.UTC(2026, 3, 4, 15) + minutes * 60_000),
    );
    fc.assert(
      fc.property(settings, instant, (one, nowMs) => {
        fc.pre(one.from !== one.to);
        const wall = DateTime.fromMillis(nowMs, { zone: one.zone });
        const minutes = wall.hour * 60 + wall.minute;
        const isOn = (day: number) => one.days.includes(weekdays[day % 7] ?? 'sun');
        const expected =
          one.from < one.to
            ? isOn(wall.weekday) && minutes >= one.from && minutes < one.to
            : minutes >= one.from
              ? isOn(wall.weekday)
              : minutes < one.to && isOn(wall.weekday + 6);
        const hours = compileHours(one);
        expect(hours.contains(nowMs)).toBe(expected);
        const next = hours.nextOpeningMs(nowMs);
        if (next !== undefined) {
          expect(next).toBeGreaterThan(nowMs);
          expect(hours.contains(next)).toBe(true);
          expect(hours.contains(next - 60_000)).toBe(false);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('a grant opens when its hours and those of its segment meet', () => {
    const own = compileHours({ from: 540, to: 1020, zone: 'UTC' });
    const added = compileHours({ days: ['wed'], from: 720, to: 780, zone: 'UTC' });
    const both = [own, added];
    expect(nextOpening(both, Date.UTC(2026, 0, 5, 18))).toEqual({ atMs: Date.UTC(2026, 0, 7, 12), zone: 'UTC' });
  });
});
