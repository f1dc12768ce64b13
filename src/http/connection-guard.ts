import type { Duplex } from 'node:stream';
import type { ConnectionWork } from './connection-work.ts';

/**
 * What stands between a connection and the process: whatever the runtime or a library calls for a connection runs in
 * here, with the timers and promises behind it. What throws there ends that socket, and nothing else (security-rules.md 30).
 */
export interface ConnectionGuard {
  /** Does the work now. What it throws or rejects with ends the socket, and is logged and counted. */
  run(socket: Duplex, work: ConnectionWork, act: () => unknown): void;
  /** The callback of an event, a timer or a library, closed over in the same way. */
  over<Values extends readonly unknown[]>(
    socket: Duplex,
    work: ConnectionWork,
    callback: (...values: Values) => unknown,
  ): (...values: Values) => void;
}

/** @param onBroken logs and counts what was thrown; what it throws itself is dropped */
export function createConnectionGuard(onBroken: (work: ConnectionWork, thrown: unknown) => void): ConnectionGuard {
  function broke(socket: Duplex, work: ConnectionWork, thrown: unknown): void {
    try {
      socket.destroy();
      onBroken(work, thrown);
    } catch {
      // Telling of it broke as well: the socket is closed, and that is what counts.
    }
  }

  function run(socket: Duplex, work: ConnectionWork, act: () => unknown): void {
    try {
      const result = act();
      if (isPromise(result)) result.then(undefined, (thrown: unknown) => broke(socket, work, thrown));
    } catch (thrown) {
      broke(socket, work, thrown);
    }
  }

  return {
    run,
    over:
      (socket, work, callback) =>
      (...values) =>
        run(socket, work, () => callback(...values)),
  };
}

/** Ends the socket and tells nobody: for parts that are used without a program around them. */
export const silentGuard: ConnectionGuard = createConnectionGuard(() => undefined);

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
