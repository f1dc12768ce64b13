import { type Episode, laterEpisode } from './episode.ts';

/** What a session is known by, and whether it differs now. */
export interface Trait {
  /** The values that a proof has vouched for, oldest first; bounded. */
  known: readonly string[];
  episode: Episode | undefined;
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
  return { known, episode: latest !== undefined && known.includes(latest.what) ? undefined : latest };
}
