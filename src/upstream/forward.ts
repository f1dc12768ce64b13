import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Route, RouteTarget } from '../config/route.ts';
import type { Limits } from '../config/snapshot.ts';
import { type CanonicalTarget, hostHeader } from '../http/canonical-target.ts';
import type { ResponseHeaderRules } from '../http/response-headers.ts';
import type { CloseCode } from '../http/websocket/close-frame.ts';

/** A request that was allowed, with its headers settled: forwarding adds and removes nothing on the request's side. */
export interface AllowedRequest {
  readonly route: Route;
  readonly upstreams: Extract<RouteTarget, { kind: 'upstreams' }>;
  readonly target: CanonicalTarget;
  /** Flat list name, value, name, value … with `host` in it; hop-by-hop names are gone already. */
  readonly headers: readonly string[];
  readonly limits: Limits;
}

/** The headers for one of the upstreams: the same for all, unless the app is told its own host. `host` stands first. */
export function headersFor({ headers, upstreams }: AllowedRequest, origin: string): readonly string[] {
  if (upstreams.hostHeader?.kind !== 'upstream') return headers;
  return ['host', new URL(origin).host, ...headers.slice(2)];
}

/** What its route changes in the headers of an answer, that to a handshake included. @param client the socket of who asked */
export function changesFor(
  { route, target }: AllowedRequest,
  client: object,
): Pick<ResponseHeaderRules, 'changes' | 'outerAddress'> {
  const { responseHeaders: changes, rewrite } = route;
  if (changes?.innerHosts === undefined) return { changes };
  const origin = `${'encrypted' in client ? 'https' : 'http'}://${hostHeader(target)}`;
  return { changes, outerAddress: { innerHosts: changes.innerHosts, rewrite, origin } };
}

export interface ForwardResult {
  /** The upstream's status; 0 when the client left before it came. */
  readonly status: number;
  readonly result: 'ok' | 'connect_error' | 'timeout' | 'tls_error' | 'reset' | 'client_gone';
  /** From dispatch to the upstream's first header byte. */
  readonly upstreamMs: number;
}

/** What is known of an answer before its head is sent. */
export interface AnswerHead {
  readonly status: number;
  readonly isEventStream: boolean;
}

/** Who looks on while an exchange is carried. */
export interface ExchangeWatch {
  /** Called before the answer's head is sent; own cookies are removed by the forwarder. */
  readonly onAnswer?: (head: AnswerHead) => void;
  /** True once nothing may go on in either direction: whoever says so breaks the connection off. */
  readonly isHeld?: () => boolean;
}

export interface Forwarder {
  /**
   * Streams the request up and the answer down. Resolves when the exchange is over, also when the upstream broke in
   * mid-body (the client's connection is then reset). Rejects with a `Fault` (`upstream_unreachable`, `upstream_timeout`,
   * `upstream_broken`, `request_too_large`, `request_trailers`) only while no byte of the answer was sent, so that a page can still be shown.
   */
  forward(
    allowed: AllowedRequest,
    request: IncomingMessage,
    response: ServerResponse,
    watch?: ExchangeWatch,
  ): Promise<ForwardResult>;
  /** After a reload: closes the pools that none of these targets uses, once their requests are over. */
  retain(targets: Iterable<AllowedRequest['upstreams']>): Promise<void>;
  /** Closes all pools at once. */
  close(): Promise<void>;
}

/** A WebSocket that stands. Both calls may be made at any time and more than once; the first counts. */
export interface Tunnel {
  /**
   * Stops both sides at once: not a byte of the client reaches the app from now on, and no frame of the app that has not
   * begun reaches the client. `close` must follow.
   */
  hold(): void;
  /**
   * Closes it with a close frame at the next end of a frame; the app is told 1001. A client that does not answer, and an app that does not
   * finish its frame within a second, are cut.
   */
  close(code: CloseCode, reason: string): void;
}

export interface TunnelOpener {
  /**
   * Carries an upgrade. Headers are settled before; the same connector and checks as for requests. Rejects with a
   * `Fault` while nothing was sent to the client. Without a tunnel the app has refused, and its answer was passed on.
   */
  open(
    allowed: AllowedRequest,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<{ readonly status: number; readonly tunnel: Tunnel | undefined }>;
}
