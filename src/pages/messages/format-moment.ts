/** A moment in words: for people (with zone), for machines, and how long ago. */
export interface Moment {
  readonly iso: string;
  readonly absolute: string;
  readonly relative: string;
}

const latestMs = 8.64e15;
const steps = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const;

/** `undefined` for what is no moment, so that a broken clock somewhere breaks no page. */
export function formatMoment(atMs: number, nowMs: number, language: string, timeZone: string): Moment | undefined {
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

function sayRelative(differenceMs: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const step = steps.find(({ ms }) => Math.abs(differenceMs) >= ms);
  return step === undefined ? format.format(0, 'second') : format.format(Math.trunc(differenceMs / step.ms), step.unit);
}

function dayOf(atMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'short', timeZone }).format(atMs);
}
