/** Whether one upstream server is worth a turn, as this process knows it. */
export interface ServerStanding {
  /** True while others of the same route should be asked before it. */
  isAway(): boolean;
  /** It took no connection. */
  refused(): void;
  /** It answered a request, whatever it said. */
  answered(): void;
  /** What a health check of it came to. */
  checked(isWell: boolean): void;
}

/** After the first refusal; each further one in a row doubles it. */
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** One lost check says little of a server that is busy. */
const checksUntilAway = 2;

/**
 * A server that takes no connection is passed over for a second, then for two, up to half a minute; an answer ends that. One
 * whose health check failed twice is passed over until a check succeeds, however well it takes connections.
 * @param now milliseconds of a clock that nobody sets
 */
export function createServerStanding(now: () => number): ServerStanding {
  let awayUntilMs = 0;
  let pauseMs = 0;
  let failedChecks = 0;
  return {
    isAway: () => failedChecks >= checksUntilAway || (pauseMs > 0 && now() < awayUntilMs),
    refused() {
      // Of many requests that met it at the same time one counts.
      if (pauseMs > 0 && now() < awayUntilMs) return;
      pauseMs = Math.min(longestPauseMs, pauseMs === 0 ? firstPauseMs : pauseMs * 2);
      awayUntilMs = now() + pauseMs;
    },
    answered() {
      pauseMs = 0;
    },
    checked(isWell) {
      failedChecks = isWell ? 0 : failedChecks + 1;
      if (isWell) pauseMs = 0;
    },
  };
}
