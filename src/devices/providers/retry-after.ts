const longestMs = 3_600_000;

/** Reads `Retry-After` (RFC 9110 §10.2.3): seconds or a date, at most an hour. `undefined` where it says nothing usable. */
export function readRetryAfter(value: string | readonly string[] | undefined, nowMs: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  const waitMs = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(waitMs, 0), longestMs);
}
