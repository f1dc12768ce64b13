/** 24 hours of 7 days, in UTC. */
export const hoursOfWeek = 168;
const hourMs = 3_600_000;
/** A bucket's weight halves in this many weeks. */
const halfLifeWeeks = 4;
/** The most that fades at once: a long leave, or a clock far ahead, leaves a quarter. */
const mostFadedWeeks = 8;
/** Faded hours that must be known before any hour counts as unusual: about two weeks of work, or a month of visits. */
const enough = 20;

/** Hours of the week in which a person was here: `hour` counts from the epoch and says when the bucket last grew. */
export type UsualHours = readonly { readonly hour: number; readonly weight: number }[];

/** The hour of the epoch. */
export function countedHour(nowMs: number): number {
  return Math.floor(nowMs / hourMs);
}

function faded({ hour, weight }: UsualHours[number], now: number): number {
  const weeks = Math.min(mostFadedWeeks, Math.max(0, (now - hour) / hoursOfWeek));
  return weight * 2 ** (-weeks / halfLifeWeeks);
}

/** Counts this hour, once. The same list when it was counted already, or the clock went back. */
export function learnHour(hours: UsualHours, nowMs: number): UsualHours {
  const now = countedHour(nowMs);
  const bucket = now % hoursOfWeek;
  const known = hours.find(({ hour }) => hour % hoursOfWeek === bucket);
  if (known === undefined) return [...hours, { hour: now, weight: 1 }];
  if (known.hour >= now) return hours;
  return hours.map((one) => (one === known ? { hour: now, weight: faded(one, now) + 1 } : one));
}

/**
 * How unusual this hour is, 0 to 1: 1 − u, where u is the faded weight of this hour of the week and its neighbours, and
 * a quarter of the weight that these hours have on other days. Nothing is unusual before enough is known.
 */
export function unusualness(hours: UsualHours, nowMs: number): number {
  const now = countedHour(nowMs);
  let total = 0;
  let usual = 0;
  for (const one of hours) {
    const weight = faded(one, now);
    total += weight;
    const apart = distance(one.hour % hoursOfWeek, now % hoursOfWeek, hoursOfWeek);
    if (apart <= 1) usual += weight;
    else if (distance(one.hour % 24, now % 24, 24) <= 1) usual += weight / 4;
  }
  return total < enough ? 0 : Math.max(0, 1 - usual);
}

/** Around a ring. */
function distance(one: number, other: number, length: number): number {
  const apart = Math.abs(one - other);
  return Math.min(apart, length - apart);
}
