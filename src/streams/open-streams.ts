import type { Metrics } from '../metrics/metrics.ts';
import type { CarriedRequest, OpenStream, StreamRegistry } from './stream-registry.ts';

export interface StreamRegistryParts {
  readonly metrics?: Pick<Metrics, 'streamOpened' | 'streamClosed'>;
  /** Hears of each stream as it opens: its request is no longer one that ends by itself. */
  readonly onOpened?: (stream: OpenStream) => void;
  /** Calls back after that many milliseconds; answers how to call it off. */
  readonly startTimer?: (callback: () => void, delayMs: number) => () => void;
}

function startRealTimer(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}

/** Keeps track of open streams; see {@link StreamRegistry}. */
export function createStreamRegistry(parts: StreamRegistryParts = {}): StreamRegistry {
  const startTimer = parts.startTimer ?? startRealTimer;
  const streams = new Set<OpenStream>();
  const bySession = new Map<string, Set<OpenStream>>();
  /** Not by session: ends are rare, and requests are not. */
  const carried = new Set<CarriedRequest>();
  let onEmpty: (() => void) | undefined;
  let isDraining = false;

  function forget(stream: OpenStream): void {
    if (!streams.delete(stream)) return;
    (stream.metrics ?? parts.metrics)?.streamClosed(stream.routeIndex, stream.kind);
    if (stream.sessionId !== undefined) {
      const siblings = bySession.get(stream.sessionId);
      siblings?.delete(stream);
      if (siblings?.size === 0) bySession.delete(stream.sessionId);
    }
    if (streams.size === 0) onEmpty?.();
  }

  /** Ends our half; a stream that is in the middle of a message cannot be told more than that. */
  function askToClose(stream: OpenStream): void {
    if (stream.socket.writable) stream.socket.end();
  }

  return {
    add(stream) {
      if (stream.socket.destroyed) return () => undefined;
      streams.add(stream);
      (stream.metrics ?? parts.metrics)?.streamOpened(stream.routeIndex, stream.kind);
      parts.onOpened?.(stream);
      if (stream.sessionId !== undefined) {
        const siblings = bySession.get(stream.sessionId) ?? new Set();
        siblings.add(stream);
        bySession.set(stream.sessionId, siblings);
      }
      const onClose = () => forget(stream);
      stream.socket.once('close', onClose);
      if (isDraining) askToClose(stream);
      return () => {
        stream.socket.off('close', onClose);
        forget(stream);
      };
    },
    count: () => streams.size,
    carry: (request) => void carried.add(request),
    release: (request) => void carried.delete(request),
    all: () => streams,
    close(stream) {
      if (streams.has(stream)) stream.socket.destroy();
    },
    sessionIds: () => bySession.keys(),
    closeOfSession(sessionId) {
      const closing = [...(bySession.get(sessionId) ?? [])];
      // At once and in both directions: a client that ignores the end of our half could go on writing to the app.
      for (const stream of closing) stream.socket.destroy();
      for (const request of carried) if (request.sessionId === sessionId) request.socket.destroy();
      return closing.length;
    },
    drain(graceMs) {
      isDraining = true;
      if (streams.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const cancel = startTimer(() => {
          for (const stream of [...streams]) stream.socket.destroy();
        }, graceMs);
        onEmpty = () => {
          cancel();
          resolve();
        };
        for (const stream of [...streams]) askToClose(stream);
      });
    },
  };
}
