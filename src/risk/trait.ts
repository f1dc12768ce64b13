import { type Episode, laterEpisode } from './episode.ts';

/** What a session is known by, and whether it differs now. */
export interface Trait {
  /** The values that a proof has vouched for, oldest first; bounded. */
  known: readonly string[];
  episode: Episode | undefined;
  /** What was out of the ordinary in this session before, and since when; bounded. Kept for programs and devices alone. */
  raised: readonly Raised[];
}

/** A value that was raised, and when it was for the first time. */
export interface Raised {
  readonly what: string;
  readonly sinceMs: number;
}

/** How many values a trait may have that a proof vouched for; the oldest goes. */
const rememberedValues = 8;

/** What is known of the proof that a request carries, and of the person. */
export interface TraitContext {
  readonly lastProofAtMs: number;
  readonly nowMs: number;
  /** True on the first request that shows a new step-up: what it brings is vouched for. */
  readonly isTeaching: boolean;
}

/**
 * Takes in a trait's value of one request. The first value of a session is what it is known by: the sign-in has just
 * proved it. Where the person is known by other values, that takes a step-up's proof, or the session begins in doubt.
 * Another value begins an episode, and only a proof younger than that beginning, shown *with this value*, makes it known
 * (security-rules.md 19): the owner's proof at home never vouches for a thief elsewhere. A known value ends the episode; with
 * a younger proof the episode is answered and gone.
 *
 * @param familiar what the person is known by; empty: nothing is known of them.
 */
export function observeTrait(trait: Trait, value: string, context: TraitContext, familiar: readonly string[]): void {
  const { known, episode } = trait;
  const { lastProofAtMs, nowMs } = context;
  if (known.includes(value)) {
    settle(trait, context);
    return;
  }
  if (familiar.includes(value)) {
    trait.known = [...known, value].slice(-rememberedValues);
    settle(trait, context);
    return;
  }
  const isBeginning = known.length === 0 && episode === undefined && familiar.length === 0;
  if (isBeginning || context.isTeaching) {
    trait.known = [...known, value].slice(-rememberedValues);
    trait.episode = undefined;
  } else if (episode === undefined || episode.what !== value || episode.endedAtMs !== undefined) {
    trait.episode = { what: value, sinceMs: nowMs, endedAtMs: undefined, seenAtMs: nowMs };
  } else if (lastProofAtMs > episode.sinceMs) {
    trait.known = [...known, value].slice(-rememberedValues);
    trait.episode = undefined;
  } else if (nowMs - episode.seenAtMs >= 1000) {
    trait.episode = { ...episode, seenAtMs: nowMs };
  }
}

/**
 * As `observeTrait`, for what identifies a program. A browser and what fetches for it come in turns, so that each of them
 * ends what the other began: what a value raises lasts from the first time that the session saw it. A proof after that
 * answers it for good, for the credential that carries the proof; a copy from before has no such proof, and is raised as ever.
 */
export function observeProgram(trait: Trait, value: string, context: TraitContext): void {
  const first = trait.raised.find(({ what }) => what === value);
  if (first !== undefined && context.lastProofAtMs > first.sinceMs && !trait.known.includes(value)) {
    trait.known = [...trait.known, value].slice(-rememberedValues);
  }
  observeTrait(trait, value, context, noValues);
  const { episode } = trait;
  if (episode?.what !== value) return;
  if (first === undefined) trait.raised = newest([...trait.raised, { what: value, sinceMs: episode.sinceMs }]);
  else if (first.sinceMs < episode.sinceMs) trait.episode = { ...episode, sinceMs: first.sinceMs };
}

const noValues: readonly string[] = [];

/** Each value once, with the first time that it was raised; the ones that were raised last stay. */
function newest(list: readonly Raised[]): readonly Raised[] {
  if (list.length === 0) return list;
  const first = new Map<string, number>();
  for (const { what, sinceMs } of list) first.set(what, Math.min(sinceMs, first.get(what) ?? sinceMs));
  return [...first]
    .map(([what, sinceMs]) => ({ what, sinceMs }))
    .sort((one, other) => one.sinceMs - other.sinceMs || (one.what < other.what ? -1 : 1))
    .slice(-rememberedValues);
}

/** The value is known: what was out of the ordinary is over. */
function settle(trait: Trait, { lastProofAtMs, nowMs }: TraitContext): void {
  const { episode } = trait;
  if (episode === undefined) return;
  if (lastProofAtMs > episode.sinceMs) trait.episode = undefined;
  else if (episode.endedAtMs === undefined || nowMs - episode.seenAtMs >= 1000) {
    trait.episode = { ...episode, endedAtMs: episode.endedAtMs ?? nowMs, seenAtMs: nowMs };
  }
}

/** One trait out of two processes' views: a value that either vouched for is known; of two episodes, the one looked at last holds. */
export function mergeTrait(one: Trait, other: Trait): Trait {
  const known = [...new Set([...one.known, ...other.known])].slice(-rememberedValues);
  const latest = laterEpisode(one.episode, other.episode);
  return {
    known,
    episode: latest !== undefined && known.includes(latest.what) ? undefined : latest,
    raised: newest([...one.raised, ...other.raised]),
  };
}
