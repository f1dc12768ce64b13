import { z } from 'zod';
import { Fault } from '../decision/fault.ts';
import { type Episode, tameEpisode } from './episode.ts';
import { emptySketch, type PathSketch, setBits, tameSlot } from './path-sketch.ts';
import type { GeoPoint } from './place.ts';
import type { Trait } from './trait.ts';

/** Something that happened at an instant: a denial, a failed step-up. */
export interface CountedEvent {
  /** What it is counted once a minute by. */
  readonly route: string;
  readonly atMs: number;
}

/** How many requests a minute brings, and how many are usual. */
export interface RequestRate {
  /** Minute of the epoch that `count` belongs to. */
  minute: number;
  count: number;
  previousCount: number;
  /** Requests a minute that this session is used to. */
  habit: number;
  episode: (Episode & { readonly peak: number }) | undefined;
}

/** Where a session was last, as far as that was possible. */
export interface Travel {
  from: GeoPoint | undefined;
  episode: Episode | undefined;
}

/** What a session is known by. */
export const traitNames = ['network', 'asn', 'country', 'userAgent', 'clientHints', 'device'] as const;
export type TraitName = (typeof traitNames)[number];

/** What may be true of a request, with when it began and ended. */
export const conditionNames = ['newDevice', 'newApp', 'unusualHour', 'blockedAddress'] as const;
export type ConditionName = (typeof conditionNames)[number];

/** What is counted. */
export const counterNames = ['denials', 'failedFactors', 'foreignHosts', 'disownedSessions'] as const;
export type CounterName = (typeof counterNames)[number];

/** What risk remembers of one session. Changed in place: it lies on every request's way. */
export interface RiskHistory {
  readonly traits: Readonly<Record<TraitName, Trait>>;
  readonly conditions: Record<ConditionName, Episode | undefined>;
  readonly events: Record<CounterName, readonly CountedEvent[]>;
  readonly travel: Travel;
  readonly rate: RequestRate;
  readonly breadth: PathSketch;
  /** The newest proof that was shown so far: events from before it are answered. */
  provedAtMs: number;
  /** The newest step-up that the person's baseline has learned from: each teaches once. */
  taughtAtMs: number;
}

function emptyTrait(): Trait {
  return { known: [], episode: undefined };
}

/** A session that nothing is known of. */
export function emptyHistory(): RiskHistory {
  return {
    traits: {
      network: emptyTrait(),
      asn: emptyTrait(),
      country: emptyTrait(),
      userAgent: emptyTrait(),
      clientHints: emptyTrait(),
      device: emptyTrait(),
    },
    conditions: { newDevice: undefined, newApp: undefined, unusualHour: undefined, blockedAddress: undefined },
    events: { denials: [], failedFactors: [], foreignHosts: [], disownedSessions: [] },
    travel: { from: undefined, episode: undefined },
    rate: { minute: 0, count: 0, previousCount: 0, habit: 0, episode: undefined },
    breadth: emptySketch(),
    provedAtMs: 0,
    taughtAtMs: 0,
  };
}

const episodeShape = {
  what: z.string(),
  sinceMs: z.number(),
  endedAtMs: z.number().nullable(),
  seenAtMs: z.number(),
  peak: z.number().nullish(),
};
const episode = z
  .object(episodeShape)
  .transform((kept): Episode => ({ ...kept, endedAtMs: kept.endedAtMs ?? undefined, peak: kept.peak ?? undefined }));
const optionalEpisode = episode.nullable().transform((kept) => kept ?? undefined);
const peakEpisode = z
  .object({ ...episodeShape, peak: z.number() })
  .transform((kept) => ({ ...kept, endedAtMs: kept.endedAtMs ?? undefined }))
  .nullable()
  .transform((kept) => kept ?? undefined);
const trait = z.object({ known: z.array(z.string()), episode: optionalEpisode });
const events = z.array(z.object({ route: z.string(), atMs: z.number() }));

export const geoPoint = z.object({
  latitude: z.number(),
  longitude: z.number(),
  radiusKm: z.number(),
  address: z.string(),
  atMs: z.number(),
});

const stored = z.object({
  traits: z.object({
    network: trait,
    asn: trait,
    country: trait,
    userAgent: trait,
    clientHints: trait,
    device: trait,
  }),
  conditions: z.object({
    newDevice: optionalEpisode,
    newApp: optionalEpisode,
    unusualHour: optionalEpisode,
    blockedAddress: optionalEpisode,
  }),
  events: z.object({
    denials: events,
    failedFactors: events,
    foreignHosts: events,
    // Histories that were kept before it was counted have none.
    disownedSessions: events.default([]),
  }),
  travel: z.object({
    from: geoPoint.nullable().transform((kept) => kept ?? undefined),
    episode: optionalEpisode,
  }),
  rate: z.object({
    minute: z.number(),
    count: z.number(),
    previousCount: z.number(),
    habit: z.number(),
    episode: peakEpisode,
  }),
  breadth: z.object({ slot: z.number(), bits: z.string(), episode: optionalEpisode }),
  provedAtMs: z.number(),
  taughtAtMs: z.number(),
});

/** What an earlier version wrote, before there were as many signals. */
const storedBefore = z.object({
  network: trait,
  userAgent: trait,
  denials: events,
  rate: stored.shape.rate,
  provedAtMs: z.number(),
});

/** Reads a history from the store. A broken one is a fault, never a clean slate. */
export function parseHistory(json: string, nowMs: number): RiskHistory {
  try {
    const kept: unknown = JSON.parse(json);
    const before = storedBefore.safeParse(kept);
    const history = before.success ? upgrade(before.data) : fromStored(stored.parse(kept));
    tameHistory(history, nowMs);
    return history;
  } catch (cause) {
    const message = "A session's risk history could not be read from the store. End the session.";
    throw new Fault('state_corrupt', message, { cause });
  }
}

function fromStored(kept: z.infer<typeof stored>): RiskHistory {
  const { slot, bits, episode: wide } = kept.breadth;
  const sketch = emptySketch();
  setBits(sketch, slot, Buffer.from(bits, 'base64'));
  sketch.episode = wide;
  return { ...kept, breadth: sketch };
}

function upgrade({ network, userAgent, denials, rate, provedAtMs }: z.infer<typeof storedBefore>): RiskHistory {
  const history = emptyHistory();
  Object.assign(history.traits.network, network);
  Object.assign(history.traits.userAgent, userAgent);
  Object.assign(history.rate, rate);
  history.events.denials = denials;
  history.provedAtMs = provedAtMs;
  return history;
}

/** Writes a history for the store. */
export function formatHistory(history: RiskHistory): string {
  const { slot, bits, episode: wide } = history.breadth;
  const written = { ...history, breadth: { slot, bits: Buffer.from(bits).toString('base64'), episode: wide } };
  // `undefined` would be dropped, and a dropped key could not be told from a damaged record.
  return JSON.stringify(written, (_key, value: unknown) => (value === undefined ? null : value));
}

/**
 * Takes care of times in the future, in place: the clock was ahead, and is back, or it is behind now.
 *
 * Where the newest proof lies in the future too, the clock is behind: what was noted is right and stays as it is, or old
 * proofs would answer it once the clock is right again. Where it does not, the clock was ahead: what was noted then is
 * brought to now, or no proof could answer it for as long as it was ahead. Counts begin anew in both cases.
 */
export function tameHistory(history: RiskHistory, nowMs: number): void {
  const { travel, rate, breadth } = history;
  const minute = Math.floor(nowMs / 60_000);
  if (rate.minute > minute) Object.assign(rate, { minute, count: 0, previousCount: 0 });
  tameSlot(breadth, nowMs);
  if (history.provedAtMs > nowMs) return;
  for (const name of traitNames) {
    const one = history.traits[name];
    one.episode = tameEpisode(one.episode, nowMs);
  }
  for (const name of conditionNames) history.conditions[name] = tameEpisode(history.conditions[name], nowMs);
  for (const name of counterNames) {
    if (history.events[name].some(({ atMs }) => atMs > nowMs)) {
      history.events[name] = history.events[name].map((one) => ({ ...one, atMs: Math.min(one.atMs, nowMs) }));
    }
  }
  travel.episode = tameEpisode(travel.episode, nowMs);
  if (travel.from !== undefined && travel.from.atMs > nowMs) travel.from = { ...travel.from, atMs: nowMs };
  rate.episode = tameEpisode(rate.episode, nowMs);
  breadth.episode = tameEpisode(breadth.episode, nowMs);
}
