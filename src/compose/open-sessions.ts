import { randomBytes } from 'node:crypto';
import type { Snapshot } from '../config/snapshot.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createPeople } from '../people/create-people.ts';
import { createLastOpenings } from '../people/last-openings.ts';
import type { OnForeignHost, Sessions } from '../sessions/session.ts';
import { createSessions } from '../sessions/session-registry.ts';
import type { StateStore } from '../state/state-store.ts';

/** Who has signed in, what they opened last, and their sessions. */
export function openSessions(parts: {
  readonly store: StateStore;
  readonly snapshot: () => Snapshot;
  readonly isSweeping: boolean;
  readonly metrics: Pick<Metrics, 'sessionEnded'>;
  /** Somebody has a copy of a credential: what a browser never does. */
  readonly onForeignHost: (find: Sessions['find'], ...seen: Parameters<OnForeignHost>) => void;
  readonly log: { warn(fields: object, message: string): void };
  readonly now: () => number;
}) {
  const { store, now, log } = parts;
  const people = createPeople({
    store,
    now,
    onBackgroundFault: (fault) =>
      log.warn({ err: fault }, 'Who used what last could not be written; it is tried again.'),
  });
  const lastOpenings = createLastOpenings(store, (fault) =>
    log.warn({ err: fault }, 'What a person of break_glass opened could not be noted; the next request is.'),
  );
  const sessions = createSessions({
    store,
    rememberPerson: people.remember,
    settings: () => parts.snapshot().session,
    now,
    randomBytes,
    isSweeping: parts.isSweeping,
    onEnded: (_session, cause) => parts.metrics.sessionEnded(cause),
    onForeignHost: (...seen) => parts.onForeignHost(sessions.find, ...seen),
    onBackgroundFault: (fault) => log.warn({ err: fault }, 'Session activity could not be written; it is tried again.'),
  });
  return { people, lastOpenings, sessions };
}
