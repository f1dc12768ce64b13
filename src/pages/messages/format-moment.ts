import type { Language } from './choose-language.ts';

/** A moment in words: for people (with zone), for machines, and how far away it is. */
export interface Moment {
  readonly iso: string;
  readonly absolute: string;
  readonly relative: string;
}

const latestMs = 8.64e15;
const minuteMs = 60_000;
const hourMinutes = 60;
const dayMinutes = 24 * hourMinutes;

/** Short units beside each other. German days are in the dative, which "in" and "vor" ask for. */
const units: Readonly<Record<Language, Readonly<Record<'day' | 'days' | 'hour' | 'minute', string>>>> = {
  en: { day: 'day', days: 'days', hour: 'h', minute: 'min' },
  de: { day: 'Tag', days: 'Tagen', hour: 'Std.', minute: 'Min.' },
};

/** `undefined` for what is no moment, so that a broken clock somewhere breaks no page. */
export function formatMoment(atMs: number, nowMs: number, language: Language, timeZone: string): Moment | undefined {
  if (!(Math.abs(atMs) <= latestMs)) return undefined;
  const date = new Date(atMs);
  const isToday = dayOf(atMs, timeZone) === dayOf(nowMs, timeZone);
  const format = new Intl.DateTimeFormat(language, {
    ...(isToday ? {} : { year: 'numeric', month: 'short', day: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
    timeZoneName: 'short',
  });
  return { iso: date.toISOString(), absolute: format.format(date), relative: sayRelative(atMs - nowMs, language) };
}

/**
 * Two units at most, and never nearer than it is: what is ahead is rounded up to the minute, what is over is rounded down.
 * From a day on, minutes are left out.
 */
function sayRelative(differenceMs: number, language: Language): string {
  const isAhead = differenceMs > 0;
  const exact = Math.abs(differenceMs) / minuteMs;
  const minutes = isAhead ? Math.ceil(exact) : Math.floor(exact);
  if (minutes === 0) return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(0, 'second');
  // Not "tomorrow": that depends on the hour.
  const format = new Intl.RelativeTimeFormat(language);
  const sign = isAhead ? 1 : -1;
  if (minutes < hourMinutes) return format.format(sign * minutes, 'minute');
  if (minutes < dayMinutes) {
    const [hours, rest] = split(minutes, hourMinutes);
    if (rest === 0) return format.format(sign * hours, 'hour');
    return around(`${hours} ${units[language].hour} ${rest} ${units[language].minute}`, isAhead, language);
  }
  const wholeHours = isAhead ? Math.ceil(minutes / hourMinutes) : Math.floor(minutes / hourMinutes);
  const [days, hours] = split(wholeHours, 24);
  if (hours === 0) return format.format(sign * days, 'day');
  const day = days === 1 ? units[language].day : units[language].days;
  return around(`${days} ${day} ${hours} ${units[language].hour}`, isAhead, language);
}

function split(amount: number, size: number): readonly [whole: number, rest: number] {
  return [Math.floor(amount / size), amount % size];
}

function around(duration: string, isAhead: boolean, language: Language): string {
  if (language === 'en') return isAhead ? `in ${duration}` : `${duration} ago`;
  return isAhead ? `in ${duration}` : `vor ${duration}`;
}

function dayOf(atMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'short', timeZone }).format(atMs);
}
