import { z } from 'zod';
import { Fault } from '../decision/fault.ts';

import { type GeoPoint, geoPoint } from './place.ts';
import { countedHour, hoursOfWeek, type UsualHours } from './usual-hours.ts';

/** A value that a step-up vouched for, and when it was last seen (to the hour). */
export interface Familiar {
  readonly value: string;
  readonly seenAtMs: number;
}

/** A measure that a person is used to, as of a stretch of time. */
export interface Habit {
  readonly slot: number;
  readonly value: number;
}

/** What a person is known by. */
export const familiarNames = ['network', 'asn', 'country', 'device', 'app'] as const;
export type FamiliarName = (typeof familiarNames)[number];

/** The most values of each kind; the one that was not seen for longest goes. */
const bounds = { network: 16, asn: 8, country: 8, device: 8, app: 64 } as const satisfies Record<FamiliarName, number>;

/**
 * What is usual for a person, learned only from sessions that stepped up (security-rules.md 19). Bounded: about eight
 * kilobytes at most. Every part joins with another process's view in one way, whatever the order and however often.
 */
export interface PersonBaseline {
  readonly familiar: Record<FamiliarName, readonly Familiar[]>;
  hours: UsualHours;
  /** Requests a minute. */
  requests: Habit;
  /** Different paths in a quarter of an hour. */
  paths: Habit;
  place: GeoPoint | undefined;
}

export function emptyBaseline(): PersonBaseline {
  return {
    familiar: { network: [], asn: [], country: [], device: [], app: [] },
    hours: [],
    requests: { slot: 0, value: 0 },
    paths: { slot: 0, value: 0 },
    place: undefined,
  };
}

const keptHourMs = 3_600_000;

/** The list with this value seen now; the same list when it says so already. */
export function learnFamiliar(
  list: readonly Familiar[],
  kind: FamiliarName,
  value: string,
  nowMs: number,
): readonly Familiar[] {
  const known = list.find((one) => one.value === value);
  if (known !== undefined && nowMs - known.seenAtMs < keptHourMs) return list;
  return newest([...list, { value, seenAtMs: nowMs }], bounds[kind]);
}

/** Each value once with its latest time, the newest first. */
function newest(list: readonly Familiar[], bound: number): readonly Familiar[] {
  const latest = new Map<string, number>();
  for (const { value, seenAtMs } of list) latest.set(value, Math.max(seenAtMs, latest.get(value) ?? 0));
  return [...latest]
    .map(([value, seenAtMs]) => ({ value, seenAtMs }))
    .sort((one, other) => other.seenAtMs - one.seenAtMs || (one.value < other.value ? -1 : 1))
    .slice(0, bound);
}

/** Of two processes' views the later one; of the same time, the higher. */
export function laterHabit(one: Habit, other: Habit): Habit {
  return other.slot > one.slot || (other.slot === one.slot && other.value > one.value) ? other : one;
}

function laterPlace(one: GeoPoint | undefined, other: GeoPoint | undefined): GeoPoint | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.atMs !== other.atMs) return other.atMs > one.atMs ? other : one;
  return JSON.stringify(other) > JSON.stringify(one) ? other : one;
}

function mergeHours(one: UsualHours, other: UsualHours): UsualHours {
  const merged = new Map<number, UsualHours[number]>();
  for (const hour of [...one, ...other]) {
    const bucket = hour.hour % hoursOfWeek;
    const known = merged.get(bucket);
    const isLater =
      known === undefined || hour.hour > known.hour || (hour.hour === known.hour && hour.weight > known.weight);
    if (isLater) merged.set(bucket, hour);
  }
  return [...merged.values()].sort((a, b) => a.hour - b.hour);
}

/** What both views know. The order and the number of merges do not matter. */
export function mergeBaselines(one: PersonBaseline, other: PersonBaseline): PersonBaseline {
  const familiar = (name: FamiliarName) => newest([...one.familiar[name], ...other.familiar[name]], bounds[name]);
  return {
    familiar: {
      network: familiar('network'),
      asn: familiar('asn'),
      country: familiar('country'),
      device: familiar('device'),
      app: familiar('app'),
    },
    hours: mergeHours(one.hours, other.hours),
    requests: laterHabit(one.requests, other.requests),
    paths: laterHabit(one.paths, other.paths),
    place: laterPlace(one.place, other.place),
  };
}

const familiar = z.array(z.object({ value: z.string(), seenAtMs: z.number() }));
const habit = z.object({ slot: z.number(), value: z.number() });
const stored = z.object({
  familiar: z.object({ network: familiar, asn: familiar, country: familiar, device: familiar, app: familiar }),
  hours: z.array(z.object({ hour: z.number(), weight: z.number() })),
  requests: habit,
  paths: habit,
  place: geoPoint.nullable().transform((kept) => kept ?? undefined),
});

/** Reads a baseline from the store, with no time in the future. A broken one is a fault, never a clean slate. */
export function parseBaseline(json: string, nowMs: number): PersonBaseline {
  try {
    return tameBaseline(stored.parse(JSON.parse(json)), nowMs);
  } catch (cause) {
    throw new Fault('state_corrupt', "A person's risk baseline could not be read from the store.", { cause });
  }
}

export function formatBaseline(baseline: PersonBaseline): string {
  return JSON.stringify({ ...baseline, place: baseline.place ?? null });
}

/** The baseline with every time in the future brought to now: a clock that jumped ahead and back neither erases nor inflates. */
export function tameBaseline(baseline: PersonBaseline, nowMs: number): PersonBaseline {
  const hourNow = countedHour(nowMs);
  const tameFamiliar = (name: FamiliarName) => {
    const list = baseline.familiar[name];
    return list.some(({ seenAtMs }) => seenAtMs > nowMs)
      ? list.map((one) => ({ ...one, seenAtMs: Math.min(one.seenAtMs, nowMs) }))
      : list;
  };
  const { place } = baseline;
  return {
    familiar: {
      network: tameFamiliar('network'),
      asn: tameFamiliar('asn'),
      country: tameFamiliar('country'),
      device: tameFamiliar('device'),
      app: tameFamiliar('app'),
    },
    // The same hour of a week that has been.
    hours: baseline.hours.map((one) =>
      one.hour <= hourNow
        ? one
        : { ...one, hour: one.hour - Math.ceil((one.hour - hourNow) / hoursOfWeek) * hoursOfWeek },
    ),
    requests: tameHabit(baseline.requests, Math.floor(nowMs / 60_000)),
    paths: tameHabit(baseline.paths, Math.floor(nowMs / 900_000)),
    place: place === undefined || place.atMs <= nowMs ? place : { ...place, atMs: nowMs },
  };
}

function tameHabit(kept: Habit, slot: number): Habit {
  return kept.slot <= slot ? kept : { ...kept, slot };
}
