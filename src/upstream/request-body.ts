import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Limits } from '../config/snapshot.ts';
import { Fault } from '../decision/fault.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import { hasComeWhole } from '../http/request-framing.ts';
import { type Fence, throughFence } from './through-fence.ts';

/** What looks after a body while it comes. */
export interface BodyWatch {
  readonly guard: ConnectionGuard;
  /** Hears of a body that comes too slowly; its connection is closed. */
  readonly onSlow: () => void;
  /** How long a body is watched before it is called slow. Default: 10 s. */
  readonly rateSeconds?: number;
}

/**
 * The client's body as the upstream reads it: counted against the limit while it streams, since a chunked body has no
 * length to check at the door. Undici destroys a body that it cannot send on; the client's connection must survive
 * that so that an answer can be shown, so the request itself is never handed over.
 * @param onRefused called once: when the first byte over the limit arrived, or when trailers came behind the body.
 */
export function createRequestBody(
  request: IncomingMessage,
  { bodyBytes: limitBytes, bodyRateBytes }: Pick<Limits, 'bodyBytes' | 'bodyRateBytes'>,
  { guard, onSlow, rateSeconds = 10 }: BodyWatch,
  onRefused: (fault: Fault) => void,
  { fence, isHeld }: { readonly fence: Fence; readonly isHeld: () => boolean },
): Readable {
  const guarded = <Values extends readonly unknown[]>(callback: (...values: Values) => unknown) =>
    guard.over(request.socket, 'transfer', callback);
  let receivedBytes = 0;
  let hasEnded = false;
  let isDiscarding = false;
  let countedBytes = 0;
  let wasHeldUp = false;
  const body = new Readable({
    read() {
      source.resume();
    },
    destroy(error, callback) {
      isDiscarding = true;
      request.resume();
      callback(error);
    },
  });
  body.on('error', () => undefined);
  const rate = setInterval(
    guarded(() => {
      // Only a client that could have sent is slow: an app that does not read holds the body up as well.
      const isSlow = !request.isPaused() && !wasHeldUp && receivedBytes - countedBytes < bodyRateBytes * rateSeconds;
      countedBytes = receivedBytes;
      wasHeldUp = request.isPaused();
      if (!isSlow) return;
      onSlow();
      request.socket.destroy();
    }),
    rateSeconds * 1_000,
  );
  rate.unref();
  request.pause();
  const source = throughFence(request, fence, guarded, (chunk) => {
    const wasWithinLimit = receivedBytes <= limitBytes;
    receivedBytes += chunk.length;
    if (receivedBytes > limitBytes) {
      if (!wasWithinLimit) return true;
      if (isDiscarding) request.destroy();
      else onRefused(bodyTooLarge(limitBytes));
      return true;
    }
    const isTaken = isDiscarding || isHeld() || body.push(chunk);
    if (!isTaken) wasHeldUp = true;
    return isTaken;
  });
  request.on(
    'end',
    guarded(() => {
      hasEnded = true;
      clearInterval(rate);
      // Half a body must not look like a whole one.
      if (isDiscarding || isHeld()) return;
      if (request.rawTrailers.length > 0) onRefused(trailersRefused());
      else body.push(null);
    }),
  );
  request.on(
    'close',
    guarded(() => {
      clearInterval(rate);
      if (!hasEnded && !isDiscarding)
        body.destroy(new Fault('client_gone', 'The client left before its request was complete.'));
    }),
  );
  return body;
}

/**
 * The body of a request where all of it is here and nobody has read it: it goes out in one write with its head, and needs no
 * stream, no timer and nobody who waits. `undefined`: it must be read as it comes.
 */
export function takeWholeBody(request: IncomingMessage): Buffer | undefined {
  if (!hasComeWhole(request)) return undefined;
  const body: Buffer | null = request.read();
  // It ends only where somebody reads on.
  request.resume();
  return body ?? undefined;
}

/** The fault for a body over `server.limits.body_bytes`. */
export function bodyTooLarge(limitBytes: number): Fault {
  return new Fault('request_too_large', `The request's body is larger than ${limitBytes} bytes.`);
}

/** The fault for a request with trailers: nothing here can pass them on, and an app must not take the rest for all of it. */
export function trailersRefused(): Fault {
  return new Fault('request_trailers', 'The request has trailers, which Postern cannot pass on.');
}
