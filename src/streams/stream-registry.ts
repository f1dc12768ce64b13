import type { Duplex } from 'node:stream';

/** An open connection that outlives its request: WebSocket, SSE. */
export interface OpenStream {
  readonly kind: 'websocket' | 'sse';
  readonly routeIndex: number;
  readonly sessionId: string | undefined;
  /** The client's socket. */
  readonly socket: Duplex;
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
