import type { RouteTarget } from '../config/snapshot.ts';
import { type Fault, toFault } from '../decision/fault.ts';
import type { ForwardResult } from '../upstream/forward.ts';
import { sendPreflight } from './answers/send-preflight.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { handToApplication } from './hand-to-application.ts';
import { recordDecision, recordEnd } from './record.ts';
import { refuse, refuseForFault } from './refuse.ts';
import { settleRequestHeaders } from './settle-request-headers.ts';
import type { Judged } from './stages.ts';

/** For a yes: hands the request on, with the headers that the app may trust. */
export async function forward(judged: Judged, parts: GatewayParts): Promise<void> {
  const { received, route, client } = judged;
  if (!parts.audit.acceptsEvents()) return refuseUnrecorded(judged, parts);
  if (client === 'preflight') {
    await recordDecision(judged, 204, parts);
    return sendPreflight(judged);
  }
  const headers = await settleRequestHeaders(judged, parts);
  if (received.arrival.expectsContinue) received.arrival.response.writeContinue();
  if (route.target.kind === 'next') return handToApplication(judged, headers, parts);
  try {
    await stream(judged, route.target, headers, parts);
  } catch (thrown) {
    const fault = toFault(thrown);
    parts.metrics.upstreamAnswered(route.index, resultOf(fault), 0);
    await refuseForFault(received, fault, parts, { route, session: judged.identity.session });
  }
}

async function stream(
  judged: Judged,
  upstreams: Extract<RouteTarget, { kind: 'upstreams' }>,
  headers: readonly string[],
  parts: GatewayParts,
): Promise<void> {
  const { received, route } = judged;
  const { arrival } = received;
  const allowed = { route, upstreams, target: received.target, headers, limits: received.snapshot.server.limits };
  if (arrival.upgrade !== undefined) {
    const { socket, head } = arrival.upgrade;
    openStream(judged, 'websocket', parts);
    // The bare socket belongs to the tunnel now; it comes back only when a page must be sent.
    arrival.response.detachSocket(arrival.request.socket);
    try {
      const { status } = await parts.tunnels.open(allowed, arrival.request, socket, head);
      await recordDecision(judged, status, parts);
      recordEnd(
        received,
        { route: route.index, status, origin: 'upstream', client: judged.client, waitedMs: 0 },
        parts,
      );
    } catch (thrown) {
      if (!socket.destroyed) arrival.response.assignSocket(arrival.request.socket);
      throw thrown;
    }
    return;
  }
  const result = await parts.forwarder.forward(allowed, arrival.request, arrival.response, (answer) => {
    if (parts.isDraining()) arrival.response.setHeader('Connection', 'close');
    if (answer.isEventStream) openStream(judged, 'sse', parts);
    void recordDecision(judged, answer.status, parts);
  });
  await afterForwarding(judged, result, parts);
}

async function afterForwarding(judged: Judged, result: ForwardResult, parts: GatewayParts): Promise<void> {
  // Without an answer's head nothing was recorded yet: the client left first.
  if (result.status === 0) await recordDecision(judged, 0, parts);
  if (result.result !== 'client_gone')
    parts.metrics.upstreamAnswered(judged.route.index, result.result, result.upstreamMs);
  recordEnd(
    judged.received,
    {
      route: judged.route.index,
      status: result.status,
      origin: 'upstream',
      client: judged.client,
      waitedMs: result.upstreamMs,
    },
    parts,
  );
}

function openStream(judged: Judged, kind: 'websocket' | 'sse', parts: GatewayParts): void {
  const { route, received, identity } = judged;
  const socket = received.arrival.request.socket;
  parts.streams.add({ kind, routeIndex: route.index, sessionId: identity.session?.id, socket });
  parts.metrics.streamOpened(route.index, kind);
  socket.once('close', () => parts.metrics.streamClosed(route.index, kind));
}

function resultOf(fault: Fault): 'connect_error' | 'timeout' | 'reset' {
  switch (fault.code) {
    case 'upstream_timeout':
      return 'timeout';
    case 'upstream_broken':
      return 'reset';
    default:
      return 'connect_error';
  }
}

/** `audit.on_failure: deny`: nothing passes that cannot be recorded. */
function refuseUnrecorded(judged: Judged, parts: GatewayParts): Promise<void> {
  const { received, route } = judged;
  return refuse(
    {
      outcome: 'refused',
      opening: received,
      reason: 'audit_unavailable',
      detail: 'The audit trail cannot be written and the configuration says on_failure: deny.',
      target: received.target,
      client: judged.client,
      address: received.address,
      route,
      session: judged.identity.session,
    },
    parts,
  );
}
