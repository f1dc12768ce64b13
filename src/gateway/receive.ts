import { classifyClient } from '../http/classify-client.ts';
import { findClientAddress } from '../http/client-address.ts';
import { parseCanonicalTarget } from '../http/parse-canonical-target.ts';
import type { Arrival } from './arrival.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { Opening, Received, Refusal } from './stages.ts';

/** The one parse of a request. What is ambiguous is refused here; nobody reads the URL or the Host header again. */
export function receive(arrival: Arrival, parts: GatewayParts): Received | Refusal {
  const opening = open(arrival, parts);
  const { request } = arrival;
  const client = classifyClient(request.headers, request.method ?? '', '');
  if (arrival.upgrade !== undefined && (client !== 'websocket' || request.method !== 'GET'))
    return malformed(opening, client, 'Only WebSocket upgrades by GET are served.');
  const parsed = parseCanonicalTarget(request, 'kept');
  if (parsed.outcome === 'refused') return malformed(opening, client, parsed.detail);
  const address = findClientAddress(
    request.socket.remoteAddress,
    request.rawHeaders,
    opening.snapshot.server.trustedProxies,
  );
  if (address.outcome === 'refused') return malformed(opening, client, address.detail);
  return {
    ...opening,
    outcome: 'received',
    target: parsed.target,
    client,
    address: address.address,
    userAgent: request.headers['user-agent'],
  };
}

/** Fixes the time, the id and the configuration that decide this request. */
export function open(
  arrival: Arrival,
  parts: Pick<GatewayParts, 'now' | 'nextDecisionId' | 'snapshot' | 'monotonicMs'>,
): Opening {
  const nowMs = parts.now();
  return {
    arrival,
    decisionId: parts.nextDecisionId(nowMs),
    snapshot: parts.snapshot(),
    nowMs,
    startedMs: parts.monotonicMs(),
  };
}

/** The same request where a wait lies between its arrival and its decision. */
export function asOfNow(received: Received, parts: Pick<GatewayParts, 'now' | 'snapshot'>): Received {
  return { ...received, snapshot: parts.snapshot(), nowMs: parts.now() };
}

function malformed(opening: Opening, client: Refusal['client'], detail: string): Refusal {
  return {
    outcome: 'refused',
    opening,
    reason: 'request_malformed',
    detail,
    target: undefined,
    client,
    address: opening.arrival.request.socket.remoteAddress ?? '',
    route: undefined,
    session: undefined,
  };
}
