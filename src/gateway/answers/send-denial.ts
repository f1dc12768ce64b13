import { hasBody } from '../../http/request-framing.ts';
import type { AnswerBody } from '../../pages/build-answer.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { asPage } from './as-page.ts';
import { asProblem, challengeFor } from './as-problem.ts';
import { closeHandshake } from './close-handshake.ts';
import type { Denial } from './denial.ts';
import { headersOf, readableBy } from './headers-of.ts';

const retryAfterSeconds = 10;
const waitingReasons: ReadonlySet<string> = new Set(['rate_limited', 'shutting_down', 'upstream_busy']);

/** Sends a no in the form that its client can use. */
export function sendDenial(denial: Denial, parts: GatewayParts): void {
  const { response, request, upgrade } = denial.opening.arrival;
  if (response.destroyed || response.headersSent || closeHandshake(denial)) return;
  const body = bodyFor(denial, parts);
  const headers = headersOf(denial.opening, {
    reason: denial.reason,
    contentType: body.contentType,
    contentSecurityPolicy: body.contentSecurityPolicy,
    challenges: body.status === 401 ? [challengeFor(denial)] : undefined,
    retryAfterSeconds: waitingReasons.has(denial.reason) ? retryAfterSeconds : undefined,
    corsOrigin: readableBy(request, denial.route),
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

function bodyFor(denial: Denial, parts: GatewayParts): AnswerBody {
  switch (denial.client) {
    case 'document':
    case 'document_post':
    case 'frame':
      return asPage(denial, parts);
    case 'subresource':
      return {
        status: denial.status,
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
        extraHeaders: ['grpc-status', grpcStatuses[denial.status] ?? '14', 'grpc-message', denial.reason],
        text: '',
      };
    case 'script':
    case 'api':
    case 'websocket':
    case 'preflight':
      return asProblem(denial, parts);
    default:
      return denial.client satisfies never;
  }
}
