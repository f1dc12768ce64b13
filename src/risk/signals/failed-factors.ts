import type { Signal } from '../signal.ts';
import { readEvents } from './counted-events.ts';

const bounds = { windowMs: 30 * 60_000, many: 3, most: 5, called: 'failed step-ups in half an hour' } as const;

/**
 * Step-ups of the session failed: somebody has the session and not the second factor. Failures of people who are not
 * signed in do not count (security-rules.md 19), nor does one that was cancelled.
 *
 * Formula: n = failed step-ups in half an hour, one a minute. From n = 3 on: `weight × min(1, n ÷ 5)`, then halving with
 * each `half_life`. Failures from before a proof no longer count.
 */
export const failedFactors: Signal = {
  name: 'failed_factors',
  family: 'factors',
  answeredBy: 'step_up',
  read: ({ history }, nowMs) => readEvents(history.events.failedFactors, history.provedAtMs, bounds, nowMs),
};
