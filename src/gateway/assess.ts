import type { Question } from '../access/judge.ts';
import type { Route } from '../config/route.ts';
import { fetchKindOf } from '../http/fetch-kind.ts';
import type { Identity, Received } from './stages.ts';

const nothingProved = Object.freeze({});

function platformOf(arrival: Received['arrival'] | undefined): string | undefined {
  const platform = arrival?.request.headers['sec-ch-ua-platform'];
  return typeof platform === 'string' ? platform : undefined;
}

function fetchOf({ arrival, client, target }: Pick<Received, 'target'> & Partial<Received>): Question['fetch'] {
  if (arrival === undefined || client === undefined) return undefined;
  return fetchKindOf(arrival.request.headers, target.method, client);
}

/** Puts together what the judge needs to gather the facts as of now; an open stream has no request any more. */
export function assess(
  received: Pick<Received, 'snapshot' | 'target' | 'address' | 'userAgent' | 'nowMs'> &
    Partial<Pick<Received, 'arrival' | 'decisionId' | 'client'>>,
  route: Route,
  identity: Identity,
): Question {
  return {
    snapshot: received.snapshot,
    route,
    method: received.target.method,
    path: received.target.path,
    address: received.address,
    userAgent: received.userAgent,
    fetch: fetchOf(received),
    platform: platformOf(received.arrival),
    nowMs: received.nowMs,
    decisionId: received.decisionId,
    session: identity.session,
    provedAtMs: identity.credential?.provedAtMs ?? nothingProved,
    credential: identity.credential,
    device: identity.device,
    endedBecause: identity.endedBecause,
    service: identity.service && { id: identity.service.service.id, provedBy: identity.service.service.credential },
    purpose: 'request',
  };
}
