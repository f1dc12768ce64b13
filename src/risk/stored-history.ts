import { z } from 'zod';
import { Fault } from '../decision/fault.ts';
import {
  type CounterName,
  conditionNames,
  counterNames,
  emptyHistory,
  type RiskHistory,
  tameHistory,
  traitNames,
} from './history.ts';
import { parseOlderHistory } from './older-history.ts';
import { type PathSketch, setBits } from './path-sketch.ts';
import { geoPoint } from './place.ts';

/** Two in three sessions have nothing but what they are known by, so what is empty is left out. */
const format = 2;

const episode = z.strictObject({
  what: z.string(),
  sinceMs: z.number(),
  endedAtMs: z.number().optional(),
  seenAtMs: z.number(),
  peak: z.number().optional(),
});
const peakEpisode = z.strictObject({ ...episode.shape, peak: z.number() });
const events = z.array(z.strictObject({ route: z.string(), atMs: z.number() }));
const raised = z.strictObject({ what: z.string(), sinceMs: z.number() });
const nameOf = <Names extends readonly string[]>(names: Names) => z.enum(names);

const shape = z.strictObject({
  format: z.literal(format),
  known: z.partialRecord(nameOf(traitNames), z.array(z.string())),
  episodes: z.partialRecord(z.enum([...traitNames, ...conditionNames, 'travel', 'breadth']), episode).optional(),
  raised: z.partialRecord(nameOf(traitNames), z.array(raised)).optional(),
  events: z.partialRecord(nameOf(counterNames), events).optional(),
  from: geoPoint.optional(),
  rate: z.strictObject({
    minute: z.number(),
    count: z.number(),
    previousCount: z.number(),
    habit: z.number(),
    episode: peakEpisode.optional(),
  }),
  slot: z.number(),
  /** The numbers of the bits that are set, or where there are many, all of them in base64. */
  paths: z.union([z.array(z.number()), z.string()]),
  provedAtMs: z.number(),
  taughtAtMs: z.number(),
});
type Stored = z.infer<typeof shape>;

/** Reads a history from the store. A broken one is `Fault('state_corrupt')`, never a clean slate. */
export function parseHistory(json: string, nowMs: number): RiskHistory {
  try {
    const kept: unknown = JSON.parse(json);
    const isOlder = typeof kept === 'object' && kept !== null && !('format' in kept);
    const history = isOlder ? parseOlderHistory(kept) : fromStored(shape.parse(kept));
    tameHistory(history, nowMs);
    return history;
  } catch (cause) {
    const message = "A session's risk history could not be read from the store. End the session.";
    throw new Fault('state_corrupt', message, { cause });
  }
}

/** Writes a history for the store. */
export function formatHistory(history: RiskHistory): string {
  const { traits, conditions, travel, rate, breadth } = history;
  const known: Record<string, readonly string[]> = {};
  const episodes: Record<string, unknown> = {};
  const raisedBefore: Record<string, unknown> = {};
  const counted: Partial<Record<CounterName, unknown>> = {};
  let [hasEpisodes, hasRaised, hasEvents] = [false, false, false];
  const note = (name: string, one: unknown): void => {
    if (one === undefined) return;
    episodes[name] = one;
    hasEpisodes = true;
  };
  for (const name of traitNames) {
    if (traits[name].known.length > 0) known[name] = traits[name].known;
    note(name, traits[name].episode);
    if (traits[name].raised.length === 0) continue;
    raisedBefore[name] = traits[name].raised;
    hasRaised = true;
  }
  for (const name of conditionNames) note(name, conditions[name]);
  note('travel', travel.episode);
  note('breadth', breadth.episode);
  for (const name of counterNames) {
    if (history.events[name].length === 0) continue;
    counted[name] = history.events[name];
    hasEvents = true;
  }
  return JSON.stringify({
    format,
    known,
    episodes: hasEpisodes ? episodes : undefined,
    raised: hasRaised ? raisedBefore : undefined,
    events: hasEvents ? counted : undefined,
    from: travel.from,
    rate,
    slot: breadth.slot,
    paths: formatPaths(breadth),
    provedAtMs: history.provedAtMs,
    taughtAtMs: history.taughtAtMs,
  });
}

function fromStored(kept: Stored): RiskHistory {
  const history = emptyHistory();
  const { episodes = {}, raised: raisedBefore = {}, events: counted = {}, rate } = kept;
  for (const name of traitNames) {
    const trait = history.traits[name];
    trait.known = kept.known[name] ?? [];
    trait.episode = optional(episodes[name]);
    trait.raised = raisedBefore[name] ?? [];
  }
  for (const name of conditionNames) history.conditions[name] = optional(episodes[name]);
  for (const name of counterNames) history.events[name] = counted[name] ?? [];
  history.travel.from = kept.from;
  history.travel.episode = optional(episodes.travel);
  const peak = rate.episode;
  Object.assign(history.rate, { ...rate, episode: peak && { ...peak, endedAtMs: peak.endedAtMs } });
  parsePaths(history.breadth, kept);
  history.breadth.episode = optional(episodes.breadth);
  history.provedAtMs = kept.provedAtMs;
  history.taughtAtMs = kept.taughtAtMs;
  return history;
}

type StoredEpisode = z.infer<typeof episode>;

const optional = (one: StoredEpisode | undefined) => one && { ...one, endedAtMs: one.endedAtMs };

/** More bits than this are shorter as base64. */
const mostNumbers = 60;

function formatPaths({ bits, ones }: PathSketch): Stored['paths'] {
  if (ones > mostNumbers) return Buffer.from(bits).toString('base64');
  const numbers: number[] = [];
  if (ones === 0) return numbers;
  for (const [index, byte] of bits.entries()) {
    for (let bit = 0; byte >>> bit > 0; bit += 1) if ((byte >>> bit) & 1) numbers.push(index * 8 + bit);
  }
  return numbers;
}

function parsePaths(sketch: PathSketch, { slot, paths }: Stored): void {
  let bits = new Uint8Array(sketch.bits.length);
  if (typeof paths === 'string') bits = Buffer.from(paths, 'base64');
  else for (const at of paths) bits[at >>> 3] = (bits[at >>> 3] ?? 0) | (1 << (at & 7));
  setBits(sketch, slot, bits);
}
