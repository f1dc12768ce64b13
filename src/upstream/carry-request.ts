import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { Fault } from '../decision/fault.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import { mayComeWhole } from '../http/request-framing.ts';
import { buildResponseHeaders, buildResponseTrailers, repairReasonPhrase } from '../http/response-headers.ts';
import { breakOff, isEventStreamType, passOnHint } from './answer-on-wire.ts';
import { type AllowedRequest, type AnswerHead, changesFor, type ForwardResult, headersFor } from './forward.ts';
import { createRequestBody, takeWholeBody } from './request-body.ts';
import { createHold, type Fence } from './through-fence.ts';
import { codeOf, isStaleConnection, toUpstreamFault } from './upstream-fault.ts';
import type { UpstreamController, UpstreamHandler, UpstreamServer } from './upstream-pools.ts';

/** One request and all that carrying it needs. */
export interface Carriage {
  readonly now: () => number;
  readonly isOwnSetCookie: (setCookie: string) => boolean;
  readonly fence: Fence;
  readonly allowed: AllowedRequest;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly servers: readonly UpstreamServer[];
  /** Whose turn it is, as a position in `servers`. */
  readonly firstServer: number;
  /** How many servers may be tried when there is no connection. */
  readonly attempts: number;
  readonly isWithBody: boolean;
  readonly onAnswer: ((head: AnswerHead) => void) | undefined;
  /** True once nothing may go on, in either direction: the connection is about to be broken off. */
  readonly isHeld: () => boolean;
  readonly guard: ConnectionGuard;
  /** Hears of each request that a limit stopped. */
  readonly onLimited: (limit: 'upstream_queue' | 'body_rate') => void;
}

/** How long a client may take to read what waits for it, in units of `server.limits.request_timeout`. */
const stallsPerTimeout = 5;

/** Methods that ask for nothing but an answer (RFC 9110 section 9.2.1). */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const clientLeft = new Fault('client_gone', 'The client left.');
const fenceIsUp = new Fault('internal', 'It is looked at revocations before this request is sent.');

/**
 * Carries one exchange: the request up, the answer down, chunk by chunk, waiting for whichever side is slower. Written
 * onto the response directly, since a stream in between costs more than the rest of the forwarding.
 */
export function carryRequest(carriage: Carriage): Promise<ForwardResult> {
  const { allowed, request, response, servers, guard } = carriage;
  const { socket } = request;
  const startedMs = carriage.now();
  return new Promise((resolve, reject) => {
    let controller: UpstreamController | undefined;
    let server = servers[carriage.firstServer];
    let attempt = 0;
    let isSettled = false;
    let status = 0;
    let upstreamMs = 0;
    let isRepeated = false;
    /** True once anything of an answer came, even if it still waits behind the fence. */
    let hasBegun = false;
    let isHeadFlushed = false;
    let isClientFull = false;
    let stallTimer: NodeJS.Timeout | undefined;

    function settle(result: ForwardResult['result']): void {
      isSettled = true;
      resolve({ status, result, upstreamMs: status === 0 ? carriage.now() - startedMs : upstreamMs });
    }

    /** Before the answer began a fault can still become a page; afterwards only a broken connection tells the truth. */
    function fail(fault: Fault, result: ForwardResult['result']): void {
      if (isSettled) return;
      if (status === 0) {
        isSettled = true;
        if (carriage.isWithBody && !request.complete) response.shouldKeepAlive = false;
        reject(fault);
        return;
      }
      settle(result);
      breakOff(request, response);
    }

    /** A response that somebody destroyed or ended must not be written to: the error would find no listener and end the process. */
    function isOver(): boolean {
      return isSettled || carriage.isHeld() || response.destroyed || response.writableEnded;
    }

    /** A client that reads nothing at all may not hold an upstream connection and our memory for ever (slow read). */
    function waitForClient(): void {
      stallTimer = setTimeout(() => response.destroy(), stallsPerTimeout * allowed.limits.requestTimeoutMs);
      stallTimer.unref();
    }

    function flushHead(): void {
      if (isHeadFlushed || isOver()) return;
      isHeadFlushed = true;
      response.flushHeaders();
    }

    let body: Readable | Buffer | null = null;
    /** Set while a whole body waits for the fence. */
    let atFence: Promise<void> | undefined;

    function openBody(): Readable | Buffer {
      const rateWatch = { guard, onSlow: () => carriage.onLimited('body_rate') };
      const stop = (fault: Fault) => {
        fail(fault, 'client_gone');
        controller?.abort(fault);
      };
      return takeWholeBody(request) ?? createRequestBody(request, allowed.limits, rateWatch, stop, carriage);
    }

    function begin(): void {
      if (isSettled) return;
      if (carriage.isWithBody) body = openBody();
      tryServer();
    }

    /** A whole body is not passed on in pieces that the fence could hold: nothing of its request is sent before it is down. */
    function askFence(starting: UpstreamController): void {
      atFence = carriage.fence();
      if (atFence !== undefined) starting.abort(fenceIsUp);
    }

    function goOnFrom(fence: Promise<void>): void {
      atFence = undefined;
      const goOn = () => {
        if (!isOver()) tryServer();
      };
      void fence.then(guard.over(socket, 'transfer', goOn));
    }

    function tryServer(): void {
      controller = undefined;
      if (server === undefined) {
        fail(new Fault('upstream_unreachable', `The route ${allowed.route.name} has no upstream.`), 'connect_error');
        return;
      }
      if (server.load.running >= allowed.limits.upstreamConnections + allowed.limits.upstreamQueue) {
        carriage.onLimited('upstream_queue');
        fail(new Fault('upstream_busy', `Too many requests are waiting for ${server.origin}.`), 'connect_error');
        return;
      }
      server.load.running += 1;
      server.dispatch(
        {
          method: allowed.target.method,
          path: allowed.target.query === '' ? allowed.target.path : allowed.target.path + allowed.target.query,
          headers: headersFor(allowed, server.origin),
          body,
          headersTimeoutMs: allowed.limits.requestTimeoutMs,
        },
        handler,
      );
    }

    /** Undici calls exactly one of two for what was dispatched: its end, or an error. */
    function leave(): void {
      if (server !== undefined) server.load.running -= 1;
    }

    function hasAnotherServer(): boolean {
      attempt += 1;
      if (attempt >= carriage.attempts) return false;
      server = servers[(carriage.firstServer + attempt) % servers.length];
      return true;
    }

    /**
     * An app may close a connection that it kept alive at the very moment at which the next request is sent on it. What
     * changes nothing is then sent once more (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1).
     */
    function mayRepeat(error: unknown): boolean {
      if (isRepeated || hasBegun || carriage.isWithBody || isOver()) return false;
      isRepeated = safeMethods.has(allowed.target.method) && isStaleConnection(error);
      return isRepeated;
    }

    /** Undici goes on with an answer to HEAD however it is paused: what comes waits behind the fence, in order. */
    const hold = createHold(carriage.fence, () => !isClientFull);

    function pass(receiving: UpstreamController, act: () => void): void {
      hold.pass(receiving, act)?.catch((thrown: Error) => {
        // An answer that has come whole cannot be aborted any more.
        fail(toUpstreamFault(thrown, 'waiting', server?.origin ?? ''), 'reset');
        receiving.abort(thrown);
      });
    }

    function passHead(upstreamStatus: number, headers: IncomingHttpHeaders, statusText: string | undefined): void {
      if (isOver()) return;
      if (upstreamStatus < 200) {
        passOnHint(upstreamStatus, headers['link'], request, response);
        return;
      }
      const isBodiless = request.method === 'HEAD' || upstreamStatus === 204 || upstreamStatus === 304;
      const head = buildResponseHeaders({
        headers,
        status: upstreamStatus,
        isOwnSetCookie: carriage.isOwnSetCookie,
        ...changesFor(allowed, socket),
        canHaveTrailers: !isBodiless && headers['content-length'] === undefined && request.httpVersionMinor === 1,
      });
      const isEventStream = isEventStreamType(headers['content-type']);
      carriage.onAnswer?.({ status: upstreamStatus, isEventStream });
      response.writeHead(upstreamStatus, repairReasonPhrase(statusText ?? ''), head);
      status = upstreamStatus;
      upstreamMs = carriage.now() - startedMs;
      if (isEventStream) flushHead();
      else if (!isBodiless) process.nextTick(guard.run, socket, 'transfer', flushHead);
    }

    function passChunk(receiving: UpstreamController, chunk: Buffer): void {
      if (isOver()) return;
      isHeadFlushed = true;
      if (response.write(chunk)) return;
      isClientFull = true;
      receiving.pause();
      waitForClient();
      response.once(
        'drain',
        guard.over(socket, 'transfer', () => {
          isClientFull = false;
          clearTimeout(stallTimer);
          receiving.resume();
        }),
      );
    }

    function passEnd(trailers: IncomingHttpHeaders): void {
      if (isOver()) return;
      const passedOn = buildResponseTrailers(trailers, allowed.route.responseHeaders?.remove);
      if (passedOn !== undefined) response.addTrailers(passedOn);
      settle('ok');
      response.end();
      if (response.writableLength > 0) waitForClient();
    }

    const handler: UpstreamHandler = {
      // Of these two undici catches nothing.
      onRequestStart: guard.over(socket, 'transfer', (started) => {
        controller = started;
        if (isSettled) started.abort(clientLeft);
        // It waited for a connection while it was revoked: the app never hears of it.
        else if (carriage.isHeld()) {
          breakOff(request, response);
          started.abort(clientLeft);
        } else if (Buffer.isBuffer(body)) askFence(started);
      }),
      onResponseStart(receiving, upstreamStatus, headers, statusText) {
        hasBegun = true;
        server?.standing.answered();
        pass(receiving, () => passHead(upstreamStatus, headers, statusText));
      },
      onResponseData(receiving, chunk) {
        pass(receiving, () => passChunk(receiving, chunk));
      },
      onResponseEnd(receiving, trailers) {
        leave();
        pass(receiving, () => passEnd(trailers));
      },
      onResponseError: guard.over(socket, 'transfer', (_, error) => {
        leave();
        if (isSettled) return;
        if (atFence !== undefined) return goOnFrom(atFence);
        if (codeOf(error) === 'client_gone') {
          settle('client_gone');
          return;
        }
        const isConnecting = controller === undefined;
        const fault = toUpstreamFault(error, isConnecting ? 'connecting' : 'waiting', server?.origin ?? '');
        // A request that cannot be written says nothing of the server.
        if (isConnecting && fault.code !== 'internal') server?.standing.refused();
        if (isConnecting && fault.code !== 'internal' && hasAnotherServer()) tryServer();
        else if (!isConnecting && mayRepeat(error)) tryServer();
        else fail(fault, fault.code === 'upstream_timeout' ? 'timeout' : 'reset');
      }),
    };

    response.on(
      'close',
      guard.over(socket, 'transfer', () => {
        clearTimeout(stallTimer);
        if (isSettled) return;
        settle('client_gone');
        controller?.abort(clientLeft);
        if (body !== null && 'destroy' in body) body.destroy();
      }),
    );
    if (response.destroyed) settle('client_gone');
    else if (carriage.isWithBody && mayComeWhole(request)) process.nextTick(guard.run, socket, 'transfer', begin);
    else begin();
  });
}
