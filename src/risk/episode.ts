/**
 * A stretch of time in which something about a session is out of the ordinary. `endedAtMs` undefined: it goes on.
 * `seenAtMs` is when a request last had a say in it: of two processes' views, the later one holds.
 */
export interface Episode {
  readonly what: string;
  readonly sinceMs: number;
  readonly endedAtMs: number | undefined;
  readonly seenAtMs: number;
  /** The highest measure while it lasted, where there is one. */
  readonly peak?: number | undefined;
}

/** How often an episode that goes on notes that it was seen: two processes need no finer order. */
const noteEveryMs = 1000;

/**
 * Takes in whether a condition holds at one request. A proof that is younger than the beginning leaves the episode in
 * place while the condition holds, since that proof answers it where it is scored; it is gone once the condition has
 * ended too (security-rules.md 19).
 */
export function observeCondition(
  episode: Episode | undefined,
  what: string | undefined,
  lastProofAtMs: number,
  nowMs: number,
): Episode | undefined {
  if (what === undefined) {
    if (episode === undefined || episode.endedAtMs !== undefined) return episode;
    return lastProofAtMs > episode.sinceMs ? undefined : { ...episode, endedAtMs: nowMs, seenAtMs: nowMs };
  }
  if (episode === undefined || episode.endedAtMs !== undefined || episode.what !== what) {
    return { what, sinceMs: nowMs, endedAtMs: undefined, seenAtMs: nowMs };
  }
  return nowMs - episode.seenAtMs >= noteEveryMs ? { ...episode, seenAtMs: nowMs } : episode;
}

/** True while it goes on and no proof has answered it. */
export function isOpen(episode: Episode | undefined, lastProofAtMs: number): boolean {
  return episode !== undefined && episode.endedAtMs === undefined && lastProofAtMs <= episode.sinceMs;
}

/**
 * Of two processes' views the one that a request had a say in last. Among equals a fixed order, so that it does not
 * matter who merges what with whom: the one that lasts, then the older, then by text and measure.
 */
export function laterEpisode<Kind extends Episode>(one: Kind | undefined, other: Kind | undefined): Kind | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return compare(one, other) >= 0 ? one : other;
}

function compare(one: Episode, other: Episode): number {
  const end = (episode: Episode): number => episode.endedAtMs ?? Number.MAX_SAFE_INTEGER;
  return (
    one.seenAtMs - other.seenAtMs ||
    end(one) - end(other) ||
    other.sinceMs - one.sinceMs ||
    (one.what === other.what ? 0 : one.what > other.what ? 1 : -1) ||
    (one.peak ?? 0) - (other.peak ?? 0)
  );
}

/** The episode with no time in the future: a clock that jumped ahead and back must not make it everlasting. */
export function tameEpisode<Kind extends Episode>(episode: Kind | undefined, nowMs: number): Kind | undefined {
  if (episode === undefined || Math.max(episode.sinceMs, episode.seenAtMs, episode.endedAtMs ?? 0) <= nowMs) {
    return episode;
  }
  return {
    ...episode,
    sinceMs: Math.min(episode.sinceMs, nowMs),
    seenAtMs: Math.min(episode.seenAtMs, nowMs),
    endedAtMs: episode.endedAtMs === undefined ? undefined : Math.min(episode.endedAtMs, nowMs),
  };
}
