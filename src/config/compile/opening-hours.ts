import { type Hours, type HoursSettings, type Weekday, weekdays } from '../../policy/rule-values.ts';
import { zoneClock } from './zone-clock.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const dayMinutes = 24 * 60;
const marginMinutes = 5;
/** A week, and a day for a gap in the clock that may swallow an opening. */
const longestSearchMs = 15 * dayMs;

/**
 * Compiles hours. They are read off the wall clock: where the clock jumps forward, hours that begin in the gap begin
 * after it; where it jumps back, times that come twice count twice. From 22:00 to 06:00 goes over midnight and belongs to
 * the day on which it begins.
 */
export function compileHours({ days = weekdays, from, to, zone }: HoursSettings): Hours {
  const clock = zoneClock(zone);
  const isOpenOn = weekdays.map((day) => days.includes(day));

  const contains = (nowMs: number): boolean => {
    const wallMs = nowMs + clock(nowMs);
    const dayNumber = Math.floor(wallMs / dayMs);
    const minutes = (wallMs - dayNumber * dayMs) / minuteMs;
    // 1 January 1970 was a Thursday.
    const weekday = (((dayNumber + 4) % 7) + 7) % 7;
    if (from < to) return isOpenOn[weekday] === true && minutes >= from && minutes < to;
    if (minutes >= from) return isOpenOn[weekday] === true;
    return minutes < to && isOpenOn[(weekday + 6) % 7] === true;
  };

  /** How long nothing can begin from here on: until shortly before `from`, unless the clock changes in between. */
  const quietMs = (atMs: number): number => {
    const offsetMs = clock(atMs);
    const minutes = Math.floor((atMs + offsetMs) / minuteMs);
    const until = ((((from - minutes) % dayMinutes) + dayMinutes) % dayMinutes) - marginMinutes;
    if (until <= 0 || clock(atMs + until * minuteMs) !== offsetMs) return 0;
    return until * minuteMs;
  };

  const search = (nowMs: number): number | undefined => {
    let at = (Math.floor(nowMs / minuteMs) + 1) * minuteMs;
    let wasOpen = contains(nowMs);
    while (at <= nowMs + longestSearchMs) {
      const isOpen = contains(at);
      if (isOpen && !wasOpen) return at;
      const skippedMs = quietMs(at);
      at += minuteMs + skippedMs;
      wasOpen = skippedMs === 0 ? isOpen : contains(at - minuteMs);
    }
    return undefined;
  };

  // Everybody who is turned away in one closed stretch is told the same, so it is looked for once.
  let last: { readonly sinceMs: number; readonly openingMs: number } | undefined;
  return {
    zone,
    source: describeHours({ days, from, to, zone }),
    contains,
    nextOpeningMs: (nowMs) => {
      if (last !== undefined && nowMs >= last.sinceMs && nowMs < last.openingMs) return last.openingMs;
      const openingMs = search(nowMs);
      if (openingMs !== undefined) last = { sinceMs: nowMs, openingMs };
      return openingMs;
    },
  };
}

/** `mon-fri 07:00-20:00 Europe/Berlin`: the week from Monday on, days in a row as a range. */
function describeHours({ days, from, to, zone }: Required<HoursSettings>): string {
  const week = [...weekdays.slice(1), ...weekdays.slice(0, 1)];
  const runs: Weekday[][] = [];
  for (const [index, day] of week.entries()) {
    if (days?.includes(day) !== true) continue;
    const before = week[index - 1];
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === before) run.push(day);
    else runs.push([day]);
  }
  const named = runs.map((run) => (run.length < 3 ? run.join(',') : `${run[0]}-${run.at(-1)}`)).join(',');
  return `${named} ${clockTime(from)}-${clockTime(to)} ${zone}`;
}

function clockTime(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Hands out one `Hours` for equal settings. */
export function createSharedHours(): (settings: HoursSettings) => Hours {
  const known = new Map<string, Hours>();
  return (settings) => {
    const key = JSON.stringify(settings);
    const hours = known.get(key) ?? compileHours(settings);
    known.set(key, hours);
    return hours;
  };
}
