import type { RouteTarget } from '../config/snapshot.ts';
import { toFault } from '../decision/fault.ts';
import type { CarriedRequest } from '../streams/stream-registry.ts';
import type { AllowedRequest, AnswerHead, ForwardResult, Tunnel } from '../upstream/forward.ts';
import { resultOfFault } from '../upstream/upstream-fault.ts';
import { sendPreflight } from './answers/send-preflight.ts';
import { breakingTransfer, endingEventStream } from './close-on-wire.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { handToApplication } from './hand-to-application.ts';
import type { InFlightPlace } from './limit-in-flight.ts';
import { openStream, type StreamWire } from './open-stream.ts';
import { recordDecision, recordEnd } from './record.ts';
import { refuse, refuseForFault } from './refuse.ts';
import { settleRequestHeaders } from './settle-request-headers.ts';
import type { Judged } from './stages.ts';
import { deviceWarning } from './warn-of-device.ts';

/** For a yes: hands the request on, with the headers that the app may trust. */
export async function forward(judged: Judged, parts: GatewayParts): Promise<void> {
  const { received, route, client } = judged;
  if (!parts.audit.acceptsEvents()) return refuseUnrecorded(judged, parts);
  if (client === 'preflight') {
    await recordDecision(judged, 204, parts);
    countEnd(judged, 204, 'postern', 0, parts);
    return sendPreflight(judged);
  }
  const warning = deviceWarning(judged.judgement);
  if (warning !== undefined) {
    parts.metrics.deviceWarned(route.index);
    received.arrival.response.setHeader('Postern-Device-Warning', warning);
  }
  const settled = settleRequestHeaders(judged, parts);
  const headers = 'then' in settled ? await settled : settled;
  const place = parts.inFlight.enter(judged);
  if (place === undefined) return refuseBusy(judged, parts);
  if (received.arrival.expectsContinue) received.arrival.response.writeContinue();
  if (route.target.kind === 'next') {
    if (received.arrival.upgrade === undefined) received.arrival.response.once('close', place.leave);
    else place.leave();
    return handToApplication(judged, headers, parts);
  }
  try {
    await stream(judged, route.target, headers, place, parts);
  } catch (thrown) {
    const fault = toFault(thrown);
    const result = resultOfFault(fault);
    if (result !== 'client_gone') parts.metrics.upstreamAnswered(route.index, result, 0);
    await refuseForFault(received, fault, parts, { route, session: judged.identity.session });
  } finally {
    place.leave();
  }
}

async function stream(
  judged: Judged,
  upstreams: Extract<RouteTarget, { kind: 'upstreams' }>,
  headers: readonly string[],
  place: InFlightPlace,
  parts: GatewayParts,
): Promise<void> {
  const { received, route } = judged;
  const { arrival } = received;
  const allowed = { route, upstreams, target: received.target, headers, limits: received.snapshot.server.limits };
  if (arrival.upgrade !== undefined) return carryTunnel(judged, allowed, arrival.upgrade, parts);
  let forget: (() => void) | undefined;
  let isHeld = false;
  const hold = () => {
    isHeld = true;
  };
  const carried: CarriedRequest = {
    sessionId: judged.identity.session?.id,
    socket: arrival.request.socket,
    deviceId: judged.identity.device?.deviceId,
    sinceMs: received.startedMs,
    becomeStream() {
      forget = openStream(judged, 'transfer', { hold, ...breakingTransfer(arrival) }, parts);
    },
  };
  parts.streams.carry(carried);
  try {
    const onAnswer = (answer: AnswerHead) => {
      if (parts.isDraining()) arrival.response.setHeader('Connection', 'close');
      if (answer.isEventStream) {
        place.leave();
        parts.streams.release(carried);
        forget?.();
        forget = openStream(judged, 'sse', { hold, ...endingEventStream(arrival) }, parts);
      }
      void recordDecision(judged, answer.status, parts);
    };
    const result = await parts.forwarder.forward(allowed, arrival.request, arrival.response, {
      onAnswer,
      isHeld: () => isHeld,
    });
    await afterForwarding(judged, result, parts);
  } finally {
    forget?.();
    parts.streams.release(carried);
  }
}

async function carryTunnel(
  judged: Judged,
  allowed: AllowedRequest,
  upgrade: NonNullable<Judged['received']['arrival']['upgrade']>,
  parts: GatewayParts,
): Promise<void> {
  const { arrival } = judged.received;
  // The bare socket belongs to the tunnel now; it comes back only when an answer of ours must be sent.
  arrival.response.detachSocket(arrival.request.socket);
  let tunnel: Tunnel | undefined;
  const wire: StreamWire = {
    hold() {
      // While the app has not answered there is nobody to tell anything.
      if (tunnel === undefined) upgrade.socket.destroy();
      else tunnel.hold();
    },
    close: (code, reason) => tunnel?.close(code, reason),
  };
  const forget = openStream(judged, 'websocket', wire, parts);
  try {
    const opened = await parts.tunnels.open(allowed, arrival.request, upgrade.socket, upgrade.head);
    tunnel = opened.tunnel;
    const { status } = opened;
    await recordDecision(judged, status, parts);
    countEnd(judged, status, 'upstream', 0, parts);
  } catch (thrown) {
    forget();
    if (!upgrade.socket.destroyed) arrival.response.assignSocket(arrival.request.socket);
    throw thrown;
  }
}

async function afterForwarding(judged: Judged, result: ForwardResult, parts: GatewayParts): Promise<void> {
  // Without an answer's head nothing was recorded yet: the client left first.
  if (result.status === 0) await recordDecision(judged, 0, parts);
  if (result.result !== 'client_gone') {
    parts.metrics.upstreamAnswered(judged.route.index, result.result, result.upstreamMs);
  }
  countEnd(judged, result.status, 'upstream', result.upstreamMs, parts);
}

function countEnd(
  judged: Judged,
  status: number,
  origin: 'postern' | 'upstream',
  waitedMs: number,
  parts: GatewayParts,
): void {
  const end = { route: judged.route.index, status, origin, client: judged.client, waitedMs };
  recordEnd(judged.received, end, parts);
}

function refuseBusy(judged: Judged, parts: GatewayParts): Promise<void> {
  return refuseJudged(judged, 'rate_limited', 'Too many requests of this client are running.', parts);
}

/** `audit.on_failure: deny`: nothing passes that cannot be recorded. */
function refuseUnrecorded(judged: Judged, parts: GatewayParts): Promise<void> {
  parts.metrics.failedClosed('audit');
  const detail = 'The audit trail cannot be written and the configuration says on_failure: deny.';
  return refuseJudged(judged, 'audit_unavailable', detail, parts);
}

/** A no to a request that the rules allow. */
function refuseJudged(
  judged: Judged,
  reason: 'audit_unavailable' | 'rate_limited',
  detail: string,
  parts: GatewayParts,
): Promise<void> {
  const { received, route } = judged;
  return refuse(
    {
      outcome: 'refused',
      opening: received,
      reason,
      detail,
      target: received.target,
      client: judged.client,
      address: received.address,
      route,
      session: judged.identity.session,
    },
    parts,
  );
}
