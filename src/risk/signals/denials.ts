import type { Signal } from '../signal.ts';
import { readEvents } from './counted-events.ts';

const bounds = { windowMs: 10 * 60_000, many: 5, most: 10, called: 'denials in ten minutes' } as const;

/**
 * The session is turned away again and again: somebody is trying doors. Only enforced denials of documents count, one a
 * route and minute, so that an app cannot get its visitors locked out (security-rules.md 19).
 *
 * Formula: n = denials in ten minutes, one a route and minute. From n = 5 on: `weight × min(1, n ÷ 10)` while the ten
 * minutes hold five of them, then halving with each `half_life`. Denials from before a proof no longer count.
 */
export const denials: Signal = {
  name: 'denials',
  family: 'doors',
  answeredBy: 'step_up',
  read: ({ history }, nowMs) => readEvents(history.events.denials, history.provedAtMs, bounds, nowMs),
};
