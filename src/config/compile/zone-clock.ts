import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The wall clock of a zone: how far it is from UTC at an instant, in ms. */
export type ZoneClock = (atMs: number) => number;

/** Clocks change at whole quarters of an hour in UTC, everywhere and since long ago. */
const quarterMs = 15 * 60_000;

const clocks = new Map<string, ZoneClock>();

/**
 * The clock of a zone, one for each: asking the database costs microseconds, so the answer is kept for the quarter of an
 * hour that it holds for. A request pays for it once in that time.
 */
export function zoneClock(name: string): ZoneClock {
  const known = clocks.get(name);
  if (known !== undefined) return known;
  const { IANAZone }: typeof import('luxon') = require('luxon');
  const zone = IANAZone.create(name);
  let quarter = Number.NaN;
  let offsetMs = 0;
  const clock: ZoneClock = (atMs) => {
    const asked = Math.floor(atMs / quarterMs);
    if (asked !== quarter) {
      offsetMs = zone.offset(asked * quarterMs) * 60_000;
      quarter = asked;
    }
    return offsetMs;
  };
  clocks.set(name, clock);
  return clock;
}
