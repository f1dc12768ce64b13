import type { Duplex } from 'node:stream';
import type { Snapshot } from '../config/snapshot.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** An open connection that outlives its request: WebSocket, SSE. */
export interface OpenStream {
  readonly kind: 'websocket' | 'sse';
  readonly routeIndex: number;
  readonly sessionId: string | undefined;
  /** The client's socket. */
  readonly socket: Duplex;
  /** What counts it, with the routes of its own configuration. Default: the registry's. */
  readonly metrics?: Pick<Metrics, 'streamOpened' | 'streamClosed'>;
  /** The configuration that let it in. */
  readonly decidedBy?: Snapshot;
  /** Whether another configuration would let it in now. Absent: no configuration closes it. */
  readonly isStillAllowed?: (next: Snapshot) => Promise<boolean>;
}

/** A request on its way to an app and back. */
export interface CarriedRequest {
  readonly sessionId: string;
  /** The client's socket. */
  readonly socket: Duplex;
}

/** Which streams are open, so that draining and the end of a session can close them (`server.close()` does not). */
export interface StreamRegistry {
  /**
   * Registers; it is forgotten when the socket closes. Call the result when the stream ends before its socket does
   * (an event stream on a connection that goes on to other requests), or a later close would hit a stranger.
   */
  add(stream: OpenStream): () => void;
  count(): number;
  /** Every open stream, in the order of opening. */
  all(): Iterable<OpenStream>;
  /** Closes one at once, in both directions; nothing happens when it is over. */
  close(stream: OpenStream): void;
  /** The sessions that have streams open, each once. */
  sessionIds(): Iterable<string>;
  /**
   * Notes a request that is being carried, so that a long download does not go on when its session has ended
   * (SECURITY.md 26). Runs on each request: it is no stream, is neither counted nor drained, and must be released.
   */
  carry(request: CarriedRequest): void;
  release(request: CarriedRequest): void;
  /** Closes all streams of a session, and breaks off its requests. Answers how many streams. */
  closeOfSession(sessionId: string, because: 'ended'): number;
  /** Ends every stream, resets what is left after `graceMs`; resolves when none is open. Streams added meanwhile are ended too. */
  drain(graceMs: number): Promise<void>;
}
