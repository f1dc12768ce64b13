import { type Episode, tameEpisode } from './episode.ts';
import { emptySketch, type PathSketch, tameSlot } from './path-sketch.ts';
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
  return { known: [], episode: undefined, raised: [] };
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
    if (one.raised.some(({ sinceMs }) => sinceMs > nowMs)) {
      one.raised = one.raised.map((raised) => ({ ...raised, sinceMs: Math.min(raised.sinceMs, nowMs) }));
    }
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
