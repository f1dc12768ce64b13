import { type Fault, toFault } from '../decision/fault.ts';
import type { StreamRegistry } from './stream-registry.ts';

export interface SessionWatchParts {
  readonly streams: Pick<StreamRegistry, 'count' | 'sessionIds' | 'closeOfSession'>;
  readonly sessions: {
    freshen(): Promise<void> | undefined;
    find(id: string): Promise<unknown>;
  };
  /** Hears of a store that does not answer; it is asked again. */
  readonly onFault?: (fault: Fault) => void;
  /** Calls `task` every `everyMs` until the answer is called. Default: a timer that does not hold the process. */
  readonly every?: (everyMs: number, task: () => void) => () => void;
}

/** An idle process with open streams hears of revocations this often, at about 3 µs each (SECURITY.md 26). */
const freshenEveryMs = 10;

/** How often the sessions of open streams are looked at for their end by time. */
const lookEveryMs = 1_000;

function everyWithoutHolding(everyMs: number, task: () => void): () => void {
  const timer = setInterval(task, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Keeps open streams from outliving their sessions: requests make the memory true when they come, but a stream sends
 * none. Revocations by other processes are heard within 10 ms, an expiry within a second. Costs nothing while no stream
 * is open. Call the answer to stop.
 */
export function watchSessions({
  streams,
  sessions,
  onFault,
  every = everyWithoutHolding,
}: SessionWatchParts): () => void {
  let isBusy = false;

  /** One at a time: a slow store must not be asked again and again. */
  function attempt(work: () => Promise<void> | undefined): void {
    if (isBusy || streams.count() === 0) return;
    try {
      const waiting = work();
      if (waiting === undefined) return;
      isBusy = true;
      waiting
        .catch((thrown: unknown) => onFault?.(toFault(thrown)))
        .finally(() => {
          isBusy = false;
        });
    } catch (thrown) {
      onFault?.(toFault(thrown));
    }
  }

  /** Finding a session that is overdue ends it, and its end closes the streams. */
  async function closeOverdue(): Promise<void> {
    for (const id of [...streams.sessionIds()]) {
      if ((await sessions.find(id)) === undefined) streams.closeOfSession(id, 'ended');
    }
  }

  const stopFreshening = every(freshenEveryMs, () => attempt(() => sessions.freshen()));
  const stopLooking = every(lookEveryMs, () => attempt(closeOverdue));
  return () => {
    stopFreshening();
    stopLooking();
  };
}
