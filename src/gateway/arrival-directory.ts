import type { IncomingMessage } from 'node:http';
import type { Snapshot } from '../config/snapshot.ts';
import type { ListenerFacts } from './arrival.ts';

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
