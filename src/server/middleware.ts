import type { IncomingMessage, ServerResponse } from 'node:http';
import { Fault } from '../decision/fault.ts';
import { type ApplicationGuard, listenerOf } from './host-application.ts';

/** What Express puts on a request; absent in other frameworks. */
interface MountedRequest extends IncomingMessage {
  readonly baseUrl?: string;
  readonly body?: unknown;
}

/**
 * Makes the middleware. It must see every request whole and first, so it refuses to run where it cannot guard: mounted
 * below the root, Express has cut the URL; behind a body parser, the body is gone (SECURITY.md 24).
 */
export function createMiddleware(guard: ApplicationGuard) {
  return (request: MountedRequest, response: ServerResponse, next: () => void): void => {
    if ((request.baseUrl ?? '') !== '') {
      throw new Fault(
        'config_invalid',
        `Mount Postern at the root: app.use(postern.middleware), not under ${request.baseUrl}.`,
      );
    }
    if (request.body !== undefined || request.readableDidRead) {
      throw new Fault('config_invalid', 'Mount Postern before anything that reads bodies, such as express.json().');
    }
    const listener = listenerOf(request, guard);
    if (listener === undefined) {
      response.writeHead(400, {
        'Content-Type': 'text/plain; charset=utf-8',
        'Cache-Control': 'no-store',
        Connection: 'close',
      });
      response.end('Postern only serves https. Open this address with https:// in front.\n');
      return;
    }
    guard.gateway.handleRequest(listener, request, response, { next });
  };
}
