import * as z from 'zod';
import type { Condition } from '../condition.ts';
import { nextOpening } from '../next-opening.ts';
import { type Hours, weekdays } from '../rule-values.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import { sampledAs } from './sample-draft.ts';
import { shared } from './share-conditions.ts';

/** It is within the hours. Unknown in a question whose time was not given. */
function hoursCondition(hours: Hours): Condition {
  return {
    key: 'hours',
    check: ({ request }) => {
      if (request.isTimeAssumed === true) return 'unknown';
      return hours.contains(request.nowMs) ? 'hit' : 'miss';
    },
  };
}

/** `hours`: days and times on the clock of a zone. */
export const hours = describeGrantCondition({
  key: 'hours',
  description: 'Only within these hours.',
  schema: ({ timeOfDay, zone }) =>
    z.strictObject({
      days: z
        .array(z.enum(weekdays))
        .min(1)
        .optional()
        .describe('The days on which the hours begin. Default: every day.'),
      from: timeOfDay.describe('When they begin, on the wall clock of the zone.'),
      to: timeOfDay.describe('When they end. Earlier than from: on the next day.'),
      zone: zone.describe('The time zone, by its name in the IANA database. Daylight saving is followed.'),
    }),
  compile: (settings, { hoursOf }) => hoursOf(settings),
  conditionOf: shared(hoursCondition),
  speaksOf: 'situation',
  isOfPeople: false,
  saysWho: false,
  isNoWider: (own, { source }) => own?.source === source,
  demands: ({ source }, before) => (before.some((one) => one.source === source) ? [] : [`hours ${source}`]),
  situations: (value, nowMs) => ({ isTimed: true, openingMs: value.nextOpeningMs(nowMs) }),
  sample: (value, from) => {
    const openingMs = value.contains(from.nowMs) ? from.nowMs : value.nextOpeningMs(from.nowMs);
    return sampledAs(from, `in ${value.source}`, { nowMs: openingMs ?? from.nowMs });
  },
  factsRead: ({ request }) => [`asked at ${new Date(request.nowMs).toISOString()}`],
  obstacle: 'outside_hours',
  obstacleDetails: (values, { request }) => ({
    reason: 'outside_hours',
    nextOpening: nextOpening(values, request.nowMs),
  }),
  wanted: (value) => `within ${value?.source ?? 'the hours'}`,
  lacking: { english: 'A time at which it is open', german: 'Eine Zeit, zu der sie offen ist' },
});
