import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Snapshot } from '../config/snapshot.ts';
import type { ListenerFacts } from './arrival.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { answered, type End, type Received } from './stages.ts';

/** What the sign-in host must know of a request and may not read from its headers. */
export interface ArrivalFacts {
  readonly listener: ListenerFacts;
  readonly address: string;
  /** The configuration that decides this request. */
  readonly snapshot: Snapshot;
}

/** Carries those facts beside the request, from the gateway to the sign-in host's Express app. */
export interface ArrivalDirectory {
  note(request: IncomingMessage, facts: ArrivalFacts): void;
  /** Throws for a request that did not come through the gateway: nothing may serve it. */
  of(request: IncomingMessage): ArrivalFacts;
}

/** Builds an empty directory; entries vanish with their requests. */
export function createArrivalDirectory(): ArrivalDirectory {
  const known = new WeakMap<IncomingMessage, ArrivalFacts>();
  return {
    note: (request, facts) => void known.set(request, facts),
    of(request) {
      const facts = known.get(request);
      if (facts === undefined) throw new TypeError('A request reached the sign-in host without passing the gateway.');
      return facts;
    },
  };
}

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
