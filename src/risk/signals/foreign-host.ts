import type { Signal } from '../signal.ts';
import { readEvents } from './counted-events.ts';

const bounds = {
  windowMs: 60 * 60_000,
  many: 1,
  most: 1,
  called: 'hosts in an hour that were shown a credential of another host',
} as const;

/**
 * A credential of the session was shown at another host than its own. No browser does that: somebody has a copy.
 *
 * Formula: `weight` for an hour, then halving with each `half_life`; 0 for credentials with a younger proof, which the
 * copy does not have.
 */
export const foreignHost: Signal = {
  name: 'foreign_host',
  family: 'theft',
  answeredBy: 'step_up',
  read: ({ history }, nowMs) => readEvents(history.events.foreignHosts, history.provedAtMs, bounds, nowMs),
};
