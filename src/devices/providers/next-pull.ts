/** The shortest and the longest wait after a failure. */
const shortestMs = 5_000;
const longestMs = 15 * 60_000;

/** How long until the list is read again when it was read: what the file says, give or take a tenth, so that providers and processes do not fall into step. */
export function waitAfterSuccess(refreshMs: number, fraction: number): number {
  return Math.round(refreshMs * (0.9 + fraction * 0.2));
}

/**
 * How long to wait after a failure: doubled each time from five seconds to a quarter of an hour, of which a random half is
 * taken off; never sooner than the provider asked for. @param failures how many in a row, this one counted.
 */
export function waitAfterFailure(failures: number, fraction: number, retryAfterMs: number | undefined): number {
  const fullMs = Math.min(shortestMs * 2 ** Math.min(failures - 1, 20), longestMs);
  return Math.max(Math.round(fullMs * (0.5 + fraction / 2)), retryAfterMs ?? 0);
}
