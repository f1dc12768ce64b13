/** What the looks at a provider found, as of now. */
export type ProviderStanding =
  | { readonly state: 'unknown' }
  | { readonly state: 'answers'; readonly sinceMs: number }
  | {
      readonly state: 'away';
      readonly sinceMs: number;
      /** When it is looked at next. */
      readonly nextLookAtMs: number;
    };

/** Calls `work` once after `ms`; the answer takes it back. Does not hold the process. */
export type Later = (ms: number, work: () => void) => () => void;

/** A provider that is looked at in the background. */
export interface ProviderWatch {
  standing(): ProviderStanding;
  close(): void;
}

export interface ProviderWatchParts {
  /** One look, bounded by itself: rejects when nobody answers. */
  readonly look: () => Promise<void>;
  readonly now: () => number;
  /** From 0 to 1. */
  readonly fraction: () => number;
  readonly later: Later;
  /** Hears when the provider comes and goes, and of the first look. */
  readonly onTurn: (standing: Exclude<ProviderStanding, { readonly state: 'unknown' }>, cause: unknown) => void;
}

const steadyMs = 30_000;
const firstRetryMs = 1_000;
const longestRetryMs = 15_000;
/** One connection may break at any time. */
const failuresUntilAway = 2;

/**
 * Looks at a provider at once and again and again, one look at a time: each half a minute while it answers, and from a second
 * after a failure ever more slowly up to a quarter of a minute. Pauses are cut by up to a half, so that processes and
 * machines do not look in step. What answered is away after two failures in a row; what never answered, after the first.
 */
export function watchProvider({ look, now, fraction, later, onTurn }: ProviderWatchParts): ProviderWatch {
  let standing: ProviderStanding = { state: 'unknown' };
  let failures = 0;
  let isClosed = false;
  let cancel: () => void = () => undefined;

  function planNext(pauseMs: number): number {
    const ms = Math.round(pauseMs * (0.5 + fraction() / 2));
    cancel = later(ms, lookOnce);
    return now() + ms;
  }

  function lookOnce(): void {
    look().then(succeed, fail);
  }

  function succeed(): void {
    if (isClosed) return;
    failures = 0;
    planNext(steadyMs);
    if (standing.state === 'answers') return;
    const turned = { state: 'answers', sinceMs: now() } as const;
    standing = turned;
    onTurn(turned, undefined);
  }

  function fail(cause: unknown): void {
    if (isClosed) return;
    failures += 1;
    const nextLookAtMs = planNext(Math.min(firstRetryMs * 2 ** Math.min(failures - 1, 16), longestRetryMs));
    if (standing.state === 'answers' && failures < failuresUntilAway) return;
    const hasTurned = standing.state !== 'away';
    const turned = {
      state: 'away',
      sinceMs: standing.state === 'away' ? standing.sinceMs : now(),
      nextLookAtMs,
    } as const;
    standing = turned;
    if (hasTurned) onTurn(turned, cause);
  }

  lookOnce();
  return {
    standing: () => standing,
    close() {
      isClosed = true;
      cancel();
    },
  };
}
