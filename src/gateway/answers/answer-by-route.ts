import type { RouteTarget } from '../../config/route.ts';
import { hasBody } from '../../http/request-framing.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { answered, type End, type Judged } from '../stages.ts';
import { headersOf, readableBy } from './headers-of.ts';

/** A target that is no app. */
export type OwnTarget = Extract<RouteTarget, { kind: 'redirect' | 'respond' }>;

/** What an admin wrote is shown with its styles; no script of it runs on the app's host. */
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

/** The status that the target answers with. */
export function statusOf(target: OwnTarget): number {
  return target.kind === 'redirect' ? target.status : target.answer.status;
}

/** For a yes on a route without an app: leads elsewhere, or gives the answer of the configuration. */
export function answerByRoute(judged: Judged, target: OwnTarget, parts: GatewayParts): End {
  const { received } = judged;
  const { request, response } = received.arrival;
  const { headers, body } = target.kind === 'redirect' ? redirectOf(judged, target) : answerOf(judged, target);
  // A body that nobody will read must not be taken for the next request on this connection.
  const isUnread = hasBody(request.headers) && !request.complete;
  if (isUnread || parts.isDraining()) headers.push('Connection', 'close');
  const status = statusOf(target);
  response.writeHead(status, headers);
  response.end(request.method === 'HEAD' || status === 204 || status === 304 ? undefined : body);
  return answered(status);
}

interface Prepared {
  readonly headers: string[];
  readonly body: string | undefined;
}

function redirectOf({ received, route }: Judged, target: Extract<OwnTarget, { kind: 'redirect' }>): Prepared {
  const { path, query } = received.target;
  // The path is canonical and begins with one slash: it cannot become another host.
  const location = target.keepsPath ? target.location.replace(/\/$/, '') + path + query : target.location;
  return {
    headers: headersOf(received, {
      reason: 'granted',
      location,
      corsOrigin: readableBy(received.arrival.request, route),
    }),
    body: undefined,
  };
}

function answerOf({ received, route }: Judged, { answer }: Extract<OwnTarget, { kind: 'respond' }>): Prepared {
  const { status, contentType, body, retryAfterSeconds } = answer;
  const headers = headersOf(received, {
    reason: 'granted',
    contentType,
    retryAfterSeconds,
    corsOrigin: readableBy(received.arrival.request, route),
    contentSecurityPolicy: contentType?.startsWith('text/html') === true ? pagePolicy : undefined,
  });
  if (status !== 204 && status !== 304) headers.push('Content-Length', String(Buffer.byteLength(body)));
  return { headers, body };
}
