import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ArrivalDirectory } from './arrival-directory.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { answered, type End, type Received } from './stages.ts';

/**
 * Hands requests to the sign-in host with the target that was parsed; a promise resolves when its request is answered.
 * @param arrivals keeps what the sign-in host must know of a request and may not read from its headers
 */
export function createHandOverToSignInHost(
  arrivals: ArrivalDirectory,
  serve: (request: IncomingMessage, response: ServerResponse) => void,
): (received: Received, parts: Pick<GatewayParts, 'guard'>) => Promise<End> {
  return (received, parts) => {
    const { request, response, listener } = received.arrival;
    arrivals.note(request, { listener, address: received.address, snapshot: received.snapshot });
    request.url = received.target.path + received.target.query;
    return new Promise((resolve) => {
      const ended = () => resolve(answered(response.statusCode));
      response.once('close', parts.guard.over(request.socket, 'request', ended));
      serve(request, response);
    });
  };
}
