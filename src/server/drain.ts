import type { StreamRegistry } from '../streams/stream-registry.ts';
import type { Listener } from './listener.ts';

/** How long each part of a drain may take. */
export interface DrainTimes {
  /** For running requests to end. */
  readonly requestGraceMs: number;
  /** For WebSockets and event streams to close after that. */
  readonly streamGraceMs: number;
}

/** What a drain waits for unless told otherwise: inside the 30 s that container platforms give. */
export const defaultDrainTimes: DrainTimes = { requestGraceMs: 15_000, streamGraceMs: 5_000 };

/**
 * Ends service in order: stop accepting, let requests finish, then close the streams. `server.close()` knows nothing of
 * WebSockets, so the registry closes them; without it the process would hang on one open dashboard.
 */
export async function drain(listeners: readonly Listener[], streams: StreamRegistry, times: DrainTimes): Promise<void> {
  const requests = Promise.all(listeners.map((listener) => listener.close(times.requestGraceMs)));
  // A server with open event streams only closes once they end, so both wait side by side.
  await Promise.all([requests, closeStreamsWhenQuiet(listeners, streams, times)]);
}

/** Streams get their time once plain requests had theirs, or at once when there are none. */
async function closeStreamsWhenQuiet(
  listeners: readonly Listener[],
  streams: StreamRegistry,
  times: DrainTimes,
): Promise<void> {
  if (streams.count() === 0) return;
  const deadline = Date.now() + times.requestGraceMs;
  while (Date.now() < deadline && (await openConnections(listeners)) > streams.count()) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await streams.drain(times.streamGraceMs);
}

async function openConnections(listeners: readonly Listener[]): Promise<number> {
  const counts = await Promise.all(
    listeners.map(
      ({ server }) =>
        new Promise<number>((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count))),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
