import { z } from 'zod';
import type { Episode } from './episode.ts';
import { emptyHistory, type RiskHistory } from './history.ts';
import { emptySketch, setBits } from './path-sketch.ts';
import { geoPoint } from './place.ts';

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
const trait = z
  .object({ known: z.array(z.string()), episode: optionalEpisode })
  // What had been raised before was not remembered then.
  .transform((kept) => ({ ...kept, raised: [] }));
const events = z.array(z.object({ route: z.string(), atMs: z.number() }));

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

/** Reads a history as Postern wrote it until there was a short form; throws where it is none. They live for a week. */
export function parseOlderHistory(kept: unknown): RiskHistory {
  const before = storedBefore.safeParse(kept);
  return before.success ? upgrade(before.data) : fromStored(stored.parse(kept));
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
