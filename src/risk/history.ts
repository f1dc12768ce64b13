import { z } from 'zod';
import { Fault } from '../decision/fault.ts';

/**
 * A stretch of time in which something about a session is out of the ordinary. `endedAtMs` undefined: it goes on.
 * `seenAtMs` is when a request last had a say in it: of two processes' views, the later one holds.
 */
export interface Episode {
  readonly what: string;
  readonly sinceMs: number;
  readonly endedAtMs: number | undefined;
  readonly seenAtMs: number;
}

/** What a session is known by, and whether it differs now. */
export interface Trait {
  /** The values that a proof has vouched for, oldest first; bounded. */
  known: readonly string[];
  episode: Episode | undefined;
}

/** An enforced denial of a document. */
export interface CountedDenial {
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

/** What risk remembers of one session. Changed in place: it lies on every request's way. */
export interface RiskHistory {
  readonly network: Trait;
  readonly userAgent: Trait;
  denials: readonly CountedDenial[];
  readonly rate: RequestRate;
  /** The newest proof that was shown so far: denials from before it are answered. */
  provedAtMs: number;
}

/** A session that nothing is known of. */
export function emptyHistory(): RiskHistory {
  return {
    network: { known: [], episode: undefined },
    userAgent: { known: [], episode: undefined },
    denials: [],
    rate: { minute: 0, count: 0, previousCount: 0, habit: 0, episode: undefined },
    provedAtMs: 0,
  };
}

const episode = z.object({
  what: z.string(),
  sinceMs: z.number(),
  endedAtMs: z.number().nullable(),
  seenAtMs: z.number(),
});
const trait = z.object({ known: z.array(z.string()), episode: episode.nullable() });
const stored = z.object({
  network: trait,
  userAgent: trait,
  denials: z.array(z.object({ route: z.string(), atMs: z.number() })),
  rate: z.object({
    minute: z.number(),
    count: z.number(),
    previousCount: z.number(),
    habit: z.number(),
    episode: episode.extend({ peak: z.number() }).nullable(),
  }),
  provedAtMs: z.number(),
});

function readEpisode<Kept extends { readonly endedAtMs: number | null }>(kept: Kept | null) {
  return kept === null ? undefined : { ...kept, endedAtMs: kept.endedAtMs ?? undefined };
}

/** Reads a history from the store. A broken one is a fault, never a clean slate. */
export function parseHistory(json: string): RiskHistory {
  try {
    const { network, userAgent, denials, rate, provedAtMs } = stored.parse(JSON.parse(json));
    return {
      network: { known: network.known, episode: readEpisode(network.episode) },
      userAgent: { known: userAgent.known, episode: readEpisode(userAgent.episode) },
      denials,
      rate: { ...rate, episode: readEpisode(rate.episode) },
      provedAtMs,
    };
  } catch (cause) {
    const message = "A session's risk history could not be read from the store. End the session.";
    throw new Fault('state_corrupt', message, { cause });
  }
}

/** Writes a history for the store. */
export function formatHistory(history: RiskHistory): string {
  // `undefined` would be dropped, and a dropped key could not be told from a damaged record.
  return JSON.stringify(history, (_key, value: unknown) => (value === undefined ? null : value));
}
