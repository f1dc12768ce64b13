import type { Listener } from './listener.ts';
import type { RunningRequests } from './running-requests.ts';

/** How long each part of a drain may take. */
export interface DrainTimes {
  /** For connections that are kept alive to send another request, which is answered with `Connection: close`. */
  readonly idleGraceMs: number;
  /** For running requests to end. */
  readonly requestGraceMs: number;
  /** For WebSockets and event streams to close after that. */
  readonly streamGraceMs: number;
  /** For clients to end their side of connections whose last answer they have. */
  readonly lingerMs: number;
}

/** What a drain waits for unless told otherwise: inside the 30 s that container platforms give. */
export const defaultDrainTimes: DrainTimes = {
  idleGraceMs: 1_000,
  requestGraceMs: 15_000,
  streamGraceMs: 5_000,
  lingerMs: 1_000,
};

export interface DrainParts {
  readonly listeners: readonly Pick<Listener, 'stopAccepting' | 'closeIdle' | 'cut'>[];
  readonly running: Pick<RunningRequests, 'whenNone'>;
  readonly streams: { drain(graceMs: number): Promise<void> };
  readonly times: DrainTimes;
  /** Calls back after that many milliseconds; answers how to call it off. Default: the system's timer. */
  readonly startTimer?: (callback: () => void, delayMs: number) => () => void;
}

/**
 * Ends service in order: stop accepting, answer what still comes on connections that are kept alive, close the idle ones, let
 * requests finish, close the streams, cut what is left. `server.close()` knows nothing of WebSockets and waits for event
 * streams for ever, so the registry closes both; and it closes a busy client's connection between two of its requests.
 */
export async function drain(parts: DrainParts): Promise<void> {
  const { listeners, running, streams, times, startTimer = startRealTimer } = parts;
  const closed = Promise.all(listeners.map((listener) => listener.stopAccepting())).then(() => undefined);
  await atMost(times.idleGraceMs, closed, startTimer);
  for (const listener of listeners) listener.closeIdle();
  await atMost(times.requestGraceMs, running.whenNone(), startTimer);
  await streams.drain(times.streamGraceMs);
  await atMost(times.lingerMs, closed, startTimer);
  for (const listener of listeners) listener.cut();
  await closed;
}

async function atMost(
  graceMs: number,
  work: Promise<void>,
  startTimer: NonNullable<DrainParts['startTimer']>,
): Promise<void> {
  const deadline = Promise.withResolvers<void>();
  const cancel = startTimer(deadline.resolve, graceMs);
  await Promise.race([work, deadline.promise]);
  cancel();
}

function startRealTimer(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
