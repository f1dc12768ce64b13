import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Fault } from '../decision/fault.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import { type Fence, throughFence } from './through-fence.ts';

/**
 * The client's body as the upstream reads it: counted against the limit while it streams, since a chunked body has no
 * length to check at the door. Undici destroys a body that it cannot send on; the client's connection must survive
 * that so that an answer can be shown, so the request itself is never handed over.
 * @param onTooLarge called once, when the first byte over the limit arrived.
 */
export function createRequestBody(
  request: IncomingMessage,
  limitBytes: number,
  guard: ConnectionGuard,
  onTooLarge: () => void,
  fence: Fence,
): Readable {
  const guarded = <Values extends readonly unknown[]>(callback: (...values: Values) => unknown) =>
    guard.over(request.socket, 'transfer', callback);
  let receivedBytes = 0;
  let hasEnded = false;
  let isDiscarding = false;
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
  request.pause();
  const source = throughFence(request, fence, guarded, (chunk) => {
    const wasWithinLimit = receivedBytes <= limitBytes;
    receivedBytes += chunk.length;
    if (receivedBytes > limitBytes) {
      if (!wasWithinLimit) return true;
      if (isDiscarding) request.destroy();
      else onTooLarge();
      return true;
    }
    return isDiscarding || body.push(chunk);
  });
  request.on(
    'end',
    guarded(() => {
      hasEnded = true;
      if (!isDiscarding) body.push(null);
    }),
  );
  request.on(
    'close',
    guarded(() => {
      if (!hasEnded && !isDiscarding)
        body.destroy(new Fault('client_gone', 'The client left before its request was complete.'));
    }),
  );
  return body;
}

/** The fault for a body over `server.limits.body_bytes`. */
export function bodyTooLarge(limitBytes: number): Fault {
  return new Fault('request_too_large', `The request's body is larger than ${limitBytes} bytes.`);
}
