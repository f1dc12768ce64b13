import type { Episode, Trait } from './history.ts';

/** How many values a trait may have that a proof vouched for; the oldest goes. */
const rememberedValues = 8;

/**
 * Takes in a trait's value of one request. The first value of a session is what it is known by: the sign-in has just
 * proved it. Another one begins an episode, and only a proof younger than that beginning, shown *with this value*, makes
 * it known (SECURITY.md 19): the owner's proof at home never vouches for a thief elsewhere. A known value ends the
 * episode; with a younger proof the episode is answered and gone.
 */
export function observeTrait(trait: Trait, value: string, lastProofAtMs: number, nowMs: number): void {
  const { known, episode } = trait;
  if (known.length === 0) {
    trait.known = [value];
  } else if (known.includes(value)) {
    if (episode === undefined) return;
    const isAnswered = lastProofAtMs > episode.sinceMs;
    trait.episode = isAnswered ? undefined : { ...episode, endedAtMs: episode.endedAtMs ?? nowMs, seenAtMs: nowMs };
  } else if (episode === undefined || episode.what !== value || episode.endedAtMs !== undefined) {
    trait.episode = { what: value, sinceMs: nowMs, endedAtMs: undefined, seenAtMs: nowMs };
  } else if (lastProofAtMs > episode.sinceMs) {
    trait.known = [...known, value].slice(-rememberedValues);
    trait.episode = undefined;
  } else {
    trait.episode = { ...episode, seenAtMs: nowMs };
  }
}

/** One trait out of two processes' views: a value that either vouched for is known; of two episodes, the one looked at last holds. */
export function mergeTrait(one: Trait, other: Trait): Trait {
  const known = [...new Set([...one.known, ...other.known])].slice(-rememberedValues);
  const latest = laterEpisode(one.episode, other.episode);
  return { known, episode: latest !== undefined && known.includes(latest.what) ? undefined : latest };
}

/** Of two episodes the one that a request had a say in last; the first among equals. */
export function laterEpisode<Kind extends Episode>(one: Kind | undefined, other: Kind | undefined): Kind | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.seenAtMs > one.seenAtMs ? other : one;
}
