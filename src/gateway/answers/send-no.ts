import type { ServerResponse } from 'node:http';
import { ownAnswerHeaders } from '../../http/answer-headers.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { asPage } from './as-page.ts';
import { asProblem, challengeFor } from './as-problem.ts';
import type { No } from './no.ts';

/** Sends a no in the form that its client can use (experience.md §4.4). */
export function sendNo(no: No, parts: GatewayParts): void {
  const { response, request } = no.opening.arrival;
  if (response.destroyed) return;
  const body = bodyFor(no, parts);
  for (const [name, value] of ownAnswerHeaders(no.opening.decisionId, no.reason)) response.setHeader(name, value);
  shareAcrossOrigins(no, response);
  if (body.status === 401) response.setHeader('WWW-Authenticate', challengeFor(no));
  if (no.reason === 'rate_limited' || no.reason === 'shutting_down') response.setHeader('Retry-After', '10');
  for (const [name, value] of Object.entries(body.headers)) response.setHeader(name, value);
  const hasUnreadBody =
    !request.complete && (request.headers['content-length'] ?? request.headers['transfer-encoding']) !== undefined;
  // A body that nobody will read must not be taken for the next request on this connection.
  if (no.opening.arrival.upgrade !== undefined || parts.isDraining() || hasUnreadBody)
    response.setHeader('Connection', 'close');
  response.writeHead(body.status);
  response.end(request.method === 'HEAD' ? undefined : body.text);
}

interface Body {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const grpcStatuses: Readonly<Record<number, string>> = { 401: '16', 403: '7', 404: '12', 413: '8', 429: '8' };

function bodyFor(no: No, parts: GatewayParts): Body {
  switch (no.client) {
    case 'document':
    case 'document_post':
    case 'frame':
      return asPage(no, parts);
    case 'subresource':
      return { status: no.status, headers: {}, text: '' };
    case 'grpc':
      // gRPC reads its status from the headers of a 200 without a body ("trailers only").
      return {
        status: 200,
        headers: {
          'Content-Type': 'application/grpc',
          'grpc-status': grpcStatuses[no.status] ?? '14',
          'grpc-message': no.reason,
        },
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
function shareAcrossOrigins(no: No, response: ServerResponse): void {
  const { origin } = no.opening.arrival.request.headers;
  if (origin === undefined || no.route === undefined || !no.route.corsOrigins.has(origin)) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Access-Control-Expose-Headers', 'WWW-Authenticate, Postern-Decision-Id');
}
