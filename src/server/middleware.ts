import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Fault } from '../decision/fault.ts';
import { type ApplicationGuard, listenerOf } from './host-application.ts';

/** What Express puts on a request; absent in other frameworks. */
interface MountedRequest extends IncomingMessage {
  readonly baseUrl?: string;
  readonly body?: unknown;
  originalUrl?: string;
}

/**
 * Makes the middleware. It must see every request whole and first, so it refuses to run where it cannot guard: mounted
 * below the root, Express has cut the URL; behind a body parser, the body is gone (security-rules.md 24).
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
    assertUpgradesAreGuarded(request, guard);
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
    guard.turns.take(response, () =>
      guard.gateway.handleRequest(listener, request, response, {
        next() {
          // Express kept the URL as it came; an application that reads it must see what was judged.
          if (request.originalUrl !== undefined) request.originalUrl = request.url ?? '/';
          next();
        },
      }),
    );
  };
}

/** A server that takes upgrades which nobody guards would be a door beside the door. */
function assertUpgradesAreGuarded({ socket }: IncomingMessage, { attached }: ApplicationGuard): void {
  const server: unknown = 'server' in socket ? socket.server : undefined;
  if (!(server instanceof EventEmitter) || attached.has(server) || server.listenerCount('upgrade') === 0) return;
  throw new Fault(
    'config_invalid',
    'This server takes WebSocket upgrades that Postern does not see. Call postern.attach(server) before it listens.',
  );
}
