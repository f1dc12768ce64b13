import type { IncomingMessage, ServerResponse } from 'node:http';

/** Makes sure that half an answer cannot pass for a whole one, also where only the connection's end ends it (HTTP/1.0). */
export function breakOff(request: IncomingMessage, response: ServerResponse): void {
  const socket = request.socket;
  if (request.httpVersionMinor === 0 && !('encrypted' in socket)) socket.resetAndDestroy();
  else response.destroy();
}

/** True for server-sent events, which are no answer that ends by itself. */
export function isEventStreamType(contentType: string | string[] | undefined): boolean {
  return typeof contentType === 'string' && contentType.slice(0, 17).toLowerCase() === 'text/event-stream';
}

/** 103 Early Hints go on (RFC 8297); other interim answers have nothing for a client that did not ask for them. */
export function passOnHint(
  status: number,
  link: string | string[] | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (status !== 103 || link === undefined || request.httpVersionMinor !== 1) return;
  try {
    response.writeEarlyHints({ link });
  } catch {
    // Node refuses link values that it cannot read; a hint may always be left out.
  }
}
