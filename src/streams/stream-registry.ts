import type { Duplex } from 'node:stream';
import type { Snapshot } from '../config/snapshot.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import type { ReasonCode } from '../decision/reason.ts';

/** `transfer`: a request that has taken seconds already, be it a download, an upload or a long poll. */
export type StreamKind = 'websocket' | 'sse' | 'transfer';

/** Counts what is open. */
export interface StreamMetrics {
  streamOpened(routeIndex: number, kind: StreamKind): void;
  streamClosed(routeIndex: number, kind: StreamKind): void;
}

/** Why a stream is closed. */
export interface StreamClosing {
  readonly reason: ReasonCode;
  /** Of the decision, or of the event that closes it. */
  readonly decisionId: DecisionId;
  /** What brought it about: the end of its session, a decision that is now a no, another upstream in the configuration, our own end. */
  readonly because: 'session' | 'decision' | 'moved' | 'drain';
}

/** What came of deciding a stream again. */
export type StreamVerdict =
  /** It stays; facts that the decision read grow too old, or end, at this time. */
  | { readonly outcome: 'stays'; readonly lookAgainAtMs: number }
  | { readonly outcome: 'ends'; readonly closing: StreamClosing }
  /** Nothing can be said: the state does not answer. */
  | { readonly outcome: 'undecided' };

/** An open connection that outlives its request, or a request that goes on and on. */
export interface OpenStream {
  readonly kind: StreamKind;
  readonly routeIndex: number;
  readonly sessionId: string | undefined;
  /** The device of its connection. */
  readonly deviceId?: string | undefined;
  /** The client's socket. */
  readonly socket: Duplex;
  /** What counts it, with the routes of its own configuration. Default: the registry's. */
  readonly metrics?: StreamMetrics;
  /** Decides it again as of now. Absent: nothing but its session closes it. Never rejects. */
  readonly decideAgain?: (snapshot: Snapshot) => Promise<StreamVerdict>;
  /** Stops what goes either way, at once; `close` follows. Absent: there is nothing to stop before. */
  readonly hold?: () => void;
  /** Closes it as its client can understand, and records that. Default: both directions at once, without a word. */
  readonly close?: (closing: StreamClosing) => void;
}

/** A request on its way to an app and back. */
export interface CarriedRequest {
  readonly sessionId: string | undefined;
  /** The client's socket. */
  readonly socket: Duplex;
  /** The device of its connection. */
  readonly deviceId?: string | undefined;
  /** When it began, on the monotonic clock. */
  readonly sinceMs: number;
  /** Makes it a stream of its own (`add`): it has taken long, or must be closed. */
  readonly becomeStream: () => void;
  /** Where the registry keeps it meanwhile; the registry's own. */
  slot?: number | undefined;
}

/** Which streams are open, so that draining, decisions and the end of a session can close them (`server.close()` does not). */
export interface StreamRegistry {
  /**
   * Registers; it is forgotten when the socket closes. Call the result when the stream ends before its socket does
   * (an event stream on a connection that goes on to other requests), or a later close would hit a stranger.
   */
  add(stream: OpenStream): () => void;
  /** Open streams, those that are being closed included. */
  count(): number;
  /** True while anything is open that a change could concern: a stream, or a request that is being carried. */
  isWatching(): boolean;
  /** Every stream that is open and not being closed, in the order of opening. */
  all(): Iterable<OpenStream>;
  ofSession(sessionId: string): Iterable<OpenStream>;
  ofDevice(deviceId: string): Iterable<OpenStream>;
  /** Closes one, at the next turn at the latest; nothing happens when it is over or being closed. */
  close(stream: OpenStream, closing: StreamClosing): void;
  /**
   * Notes a request that is being carried, so that a long download does not go on when its session has ended
   * (security-rules.md 26). Runs on each request: it is no stream, is neither counted nor drained, and must be released.
   */
  carry(request: CarriedRequest): void;
  release(request: CarriedRequest): void;
  /** Makes a stream of a carried request. */
  promote(request: CarriedRequest): void;
  /** Makes streams of those carried requests that a change concerns, however young: what is a stream is decided again. */
  promoteWhere(isConcerned: (request: CarriedRequest) => boolean): void;
  /** Makes streams of the carried requests that began before this time, on the monotonic clock. */
  promoteOlderThan(sinceMs: number): void;
  /**
   * Closes the streams and requests of a session. What goes either way is stopped before this returns.
   * @param closing asked once, and only when there is anything to close
   */
  closeOfSession(sessionId: string, closing: () => Promise<StreamClosing>): void;
  /** Ends every stream, resets what is left after `graceMs`; resolves when none is open. Streams added meanwhile are ended too. */
  drain(graceMs: number): Promise<void>;
}
