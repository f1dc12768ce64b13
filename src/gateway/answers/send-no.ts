import { hasBody } from '../../http/request-framing.ts';
import type { AnswerBody } from '../../pages/build-answer.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { asPage } from './as-page.ts';
import { asProblem, challengeFor } from './as-problem.ts';
import { closeHandshake } from './close-handshake.ts';
import { headersOf } from './headers-of.ts';
import type { No } from './no.ts';

const retryAfterSeconds = 10;
const waitingReasons: ReadonlySet<string> = new Set(['rate_limited', 'shutting_down', 'upstream_busy']);

/** Sends a no in the form that its client can use. */
export function sendNo(no: No, parts: GatewayParts): void {
  const { response, request, upgrade } = no.opening.arrival;
  if (response.destroyed || response.headersSent || closeHandshake(no)) return;
  const body = bodyFor(no, parts);
  const headers = headersOf(no.opening, {
    reason: no.reason,
    contentType: body.contentType,
    contentSecurityPolicy: body.contentSecurityPolicy,
    challenges: body.status === 401 ? [challengeFor(no)] : undefined,
    retryAfterSeconds: waitingReasons.has(no.reason) ? retryAfterSeconds : undefined,
    corsOrigin: readableBy(no),
  });
  for (const text of body.extraHeaders) headers.push(text);
  // A body that nobody will read must not be taken for the next request on this connection.
  const isUnread = hasBody(request.headers) && !request.complete;
  if (upgrade !== undefined || isUnread || parts.isDraining()) headers.push('Connection', 'close');
  headers.push('Content-Length', String(Buffer.byteLength(body.text)));
  response.writeHead(body.status, headers);
  response.end(request.method === 'HEAD' ? undefined : body.text);
}

const grpcStatuses: Readonly<Record<number, string>> = { 401: '16', 403: '7', 404: '12', 413: '8', 429: '8' };

function bodyFor(no: No, parts: GatewayParts): AnswerBody {
  switch (no.client) {
    case 'document':
    case 'document_post':
    case 'frame':
      return asPage(no, parts);
    case 'subresource':
      return {
        status: no.status,
        contentType: undefined,
        contentSecurityPolicy: undefined,
        extraHeaders: [],
        text: '',
      };
    case 'grpc':
      // gRPC reads its status from the headers of a 200 without a body ("trailers only").
      return {
        status: 200,
        contentType: 'application/grpc',
        contentSecurityPolicy: undefined,
        extraHeaders: ['grpc-status', grpcStatuses[no.status] ?? '14', 'grpc-message', no.reason],
        text: '',
      };
    case 'script':
    case 'api':
    case 'websocket':
    case 'preflight':
      return asProblem(no, parts);
    default:
      return no.client satisfies never;
  }
}

/** A script of another origin must be able to read why, or it only sees a network error. */
function readableBy(no: No): string | undefined {
  const { origin } = no.opening.arrival.request.headers;
  return origin !== undefined && no.route?.corsOrigins.has(origin) === true ? origin : undefined;
}
