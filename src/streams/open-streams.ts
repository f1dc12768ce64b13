import type { DecisionId } from '../decision/decision-id.ts';
import { type ConnectionGuard, silentGuard } from '../http/connection-guard.ts';
import { createSlots } from '../http/slots.ts';
import { createSlices, type Slices } from './close-in-slices.ts';
import type { CarriedRequest, OpenStream, StreamClosing, StreamMetrics, StreamRegistry } from './stream-registry.ts';

export interface StreamRegistryParts {
  readonly metrics?: StreamMetrics;
  /** Hears of each stream as it opens: its request is no longer one that ends by itself, and it may have been decided on what is no longer so. */
  readonly onOpened?: (stream: OpenStream) => void;
  /** Names what closes streams at our own end. */
  readonly nextDecisionId?: () => DecisionId;
  readonly slices?: Slices;
  /** Closes over what is called for a stream: the end of one must not break that of the others. */
  readonly guard?: ConnectionGuard;
  /** Calls back after that many milliseconds; answers how to call it off. */
  readonly startTimer?: (callback: () => void, delayMs: number) => () => void;
}

function startRealTimer(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}

/** Streams by some name that many of them can share. */
function createIndex() {
  const byName = new Map<string, Set<OpenStream>>();
  return {
    of: (name: string): Iterable<OpenStream> => byName.get(name) ?? [],
    add(name: string | undefined, stream: OpenStream): void {
      if (name === undefined) return;
      const siblings = byName.get(name);
      if (siblings === undefined) byName.set(name, new Set([stream]));
      else siblings.add(stream);
    },
    remove(name: string | undefined, stream: OpenStream): void {
      if (name === undefined) return;
      const siblings = byName.get(name);
      siblings?.delete(stream);
      if (siblings?.size === 0) byName.delete(name);
    },
  };
}

/** Keeps track of open streams; see {@link StreamRegistry}. */
export function createStreamRegistry(parts: StreamRegistryParts = {}): StreamRegistry {
  const { startTimer = startRealTimer, slices = createSlices(), guard = silentGuard } = parts;
  /** Both kinds of sets are the open streams; one that is being closed waits for its socket and is not asked again. */
  const live = new Set<OpenStream>();
  const closing = new Set<OpenStream>();
  const bySession = createIndex();
  const byDevice = createIndex();
  /** Not by session: ends are rare, and requests are not. */
  const carried = createSlots<CarriedRequest>();
  let onEmpty: (() => void) | undefined;
  let isDraining = false;

  const count = (): number => live.size + closing.size;

  function leave(stream: OpenStream): boolean {
    bySession.remove(stream.sessionId, stream);
    byDevice.remove(stream.deviceId, stream);
    return live.delete(stream);
  }

  function forget(stream: OpenStream): void {
    if (!leave(stream) && !closing.delete(stream)) return;
    (stream.metrics ?? parts.metrics)?.streamClosed(stream.routeIndex, stream.kind);
    if (count() === 0) onEmpty?.();
  }

  /** From here on nothing of its client goes on; the close itself may wait for its slice. */
  function begin(stream: OpenStream): boolean {
    if (!leave(stream)) return false;
    closing.add(stream);
    guard.run(stream.socket, 'stream', () => stream.hold?.());
    return true;
  }

  function release(request: CarriedRequest): void {
    if (request.slot !== undefined) carried.leave(request.slot, request);
  }

  function promote(request: CarriedRequest): void {
    release(request);
    guard.run(request.socket, 'stream', request.becomeStream);
  }

  function finish(stream: OpenStream, why: StreamClosing): void {
    slices.add(() => {
      if (!closing.has(stream)) return;
      if (stream.close === undefined) stream.socket.destroy();
      else guard.run(stream.socket, 'stream', () => stream.close?.(why));
    });
  }

  /** Ends our half where nobody has said how it is closed. */
  function askToClose(stream: OpenStream): void {
    if (stream.close !== undefined && parts.nextDecisionId !== undefined) {
      const why = { reason: 'shutting_down', decisionId: parts.nextDecisionId(), because: 'drain' } as const;
      if (begin(stream)) finish(stream, why);
    } else if (stream.socket.writable) stream.socket.end();
  }

  return {
    add(stream) {
      if (stream.socket.destroyed) return () => undefined;
      live.add(stream);
      (stream.metrics ?? parts.metrics)?.streamOpened(stream.routeIndex, stream.kind);
      bySession.add(stream.sessionId, stream);
      byDevice.add(stream.deviceId, stream);
      const onClose = () => guard.run(stream.socket, 'stream', () => forget(stream));
      stream.socket.on('close', onClose);
      parts.onOpened?.(stream);
      if (isDraining) askToClose(stream);
      return () => {
        stream.socket.off('close', onClose);
        forget(stream);
      };
    },
    count,
    isWatching: () => live.size > 0 || carried.count() > 0,
    carry(request) {
      request.slot = carried.enter(request);
    },
    release,
    promote,
    promoteOlderThan(sinceMs) {
      for (const request of carried) {
        if (request.sinceMs <= sinceMs) promote(request);
      }
    },
    promoteWhere(isConcerned) {
      for (const request of carried) if (isConcerned(request)) promote(request);
    },
    all: () => live,
    ofSession: bySession.of,
    ofDevice: byDevice.of,
    close(stream, why) {
      if (begin(stream)) finish(stream, why);
    },
    closeOfSession(sessionId, why) {
      for (const request of carried) {
        if (request.sessionId === sessionId) promote(request);
      }
      const ending = [...bySession.of(sessionId)].filter(begin);
      if (ending.length === 0) return;
      why().then(
        (known) => {
          for (const stream of ending) finish(stream, known);
        },
        // Whatever cannot be told: it has ended.
        () => {
          for (const stream of ending) stream.socket.destroy();
        },
      );
    },
    drain(graceMs) {
      isDraining = true;
      if (count() === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const cancel = startTimer(() => {
          for (const stream of [...live, ...closing]) stream.socket.destroy();
        }, graceMs);
        onEmpty = () => {
          cancel();
          resolve();
        };
        for (const stream of [...live]) askToClose(stream);
      });
    },
  };
}
