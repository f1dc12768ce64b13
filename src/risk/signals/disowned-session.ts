import type { Signal } from '../signal.ts';
import { readEvents } from './counted-events.ts';

const bounds = {
  windowMs: 60 * 60_000,
  many: 1,
  most: 1,
  called: 'sessions in an hour of which the person said that it was not they',
} as const;

/**
 * The person said of another session of theirs that it was not they: somebody has what it takes to sign in as them, and
 * may be in this session too.
 *
 * Formula: `weight` for an hour, then halving with each `half_life`; 0 for credentials with a younger proof.
 */
export const disownedSession: Signal = {
  name: 'disowned_session',
  family: 'theft',
  answeredBy: 'step_up',
  read: ({ history }, nowMs) => readEvents(history.events.disownedSessions, history.provedAtMs, bounds, nowMs),
};
