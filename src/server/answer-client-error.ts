import type { Duplex } from 'node:stream';
import { endConnection } from '../http/end-connection.ts';
import { ServerResponse } from '../http/node-http.ts';

const statusLines: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * Answers what Node's parser refused (RFC 9112): a status, a reason and a decision id, no echo of the input, no stack
 * trace; then the connection ends, since nobody knows where the next request would begin.
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  record: (detail: string) => string,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const statusLine = statusLines[error.code ?? ''] ?? '400 Bad Request';
  const decisionId = record(error.code ?? 'unreadable request');
  const body = JSON.stringify({
    type: 'about:blank',
    title: 'The request could not be read.',
    status: Number(statusLine.slice(0, 3)),
    code: 'request_malformed',
    decision_id: decisionId,
  });
  endConnection(
    socket,
    `HTTP/1.1 ${statusLine}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Cache-Control: no-store\r\nPostern-Decision-Id: ${decisionId}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/**
 * True when an answer is on its way: our bytes in the middle of it would become part of an app's answer. Node keeps the
 * response on its socket under this name, and its own default asks the same.
 */
function isAnswering(socket: Duplex): boolean {
  const response: unknown = Reflect.get(socket, '_httpMessage');
  return response instanceof ServerResponse && response.headersSent;
}
