import type { Judgement } from '../access/judge.ts';
import { type RewrittenPath, rewritePath } from '../access/rewrite-path.ts';
import type { Limits } from '../config/snapshot.ts';
import { toFault } from '../decision/fault.ts';
import type { CanonicalTarget } from '../http/canonical-target.ts';
import type { CarriedRequest } from '../streams/stream-registry.ts';
import type { AllowedRequest, AnswerHead, ForwardResult, Tunnel } from '../upstream/forward.ts';
import { resultOfFault } from '../upstream/upstream-fault.ts';
import { answerByRoute, statusOf } from './answers/answer-by-route.ts';
import { sendPreflight } from './answers/send-preflight.ts';
import type { HeaderTooLong } from './assertion/assertion-signer.ts';
import { breakingTransfer, endingEventStream } from './close-on-wire.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { handToApplication } from './hand-to-application.ts';
import type { InFlightPlace } from './limit-in-flight.ts';
import { openStream, type StreamWire } from './open-stream.ts';
import { refusalOfFault } from './refuse.ts';
import { settleRequestHeaders } from './settle-request-headers.ts';
import {
  answered,
  asker,
  type End,
  type Judged,
  type RecordDecision,
  type Refusal,
  refusalOfJudged,
} from './stages.ts';

/** For a yes: hands the request on, with the headers that the app may trust. */
export async function forward(judged: Judged, record: RecordDecision, parts: GatewayParts): Promise<End | Refusal> {
  const { received, route, client } = judged;
  if (!parts.audit.acceptsEvents()) return refuseUnrecorded(judged, parts);
  if (client === 'preflight') {
    await record(204);
    sendPreflight(judged);
    return answered(204);
  }
  const { target } = route;
  if (target.kind === 'redirect' || target.kind === 'respond') {
    await record(statusOf(target));
    return answerByRoute(judged, target, parts);
  }
  const rewritten = rewriteTarget(judged);
  if (rewritten.outcome === 'refused') return refusalOfJudged(judged, 'request_malformed', rewritten.detail);
  const warning = deviceWarning(judged.judgement);
  if (warning !== undefined) {
    parts.metrics.deviceWarned(route.index);
    received.arrival.response.setHeader('Postern-Device-Warning', warning);
  }
  const settled = settleRequestHeaders(judged, parts);
  const headers = 'then' in settled ? await settled : settled;
  if ('tooLong' in headers) return refuseTooLong(judged, headers, parts);
  const place = parts.inFlight.enter(judged);
  if (place === undefined)
    return refusalOfJudged(judged, 'rate_limited', 'Too many requests of this client are running.');
  if (received.arrival.expectsContinue) received.arrival.response.writeContinue();
  if (target.kind === 'next') {
    if (received.arrival.upgrade === undefined) received.arrival.response.once('close', place.leave);
    else place.leave();
    return handToApplication(judged, headers, record, parts);
  }
  try {
    return await stream(judged, { upstreams: target, target: rewritten.target }, headers, place, record, parts);
  } catch (thrown) {
    const fault = toFault(thrown);
    const result = resultOfFault(fault);
    if (result !== 'client_gone') parts.metrics.upstreamAnswered(route.index, result, 0);
    return refusalOfFault({ outcome: 'app', received, route, client }, fault, parts, asker(judged.identity));
  } finally {
    place.leave();
  }
}

/** What the app is asked for: what was matched and judged, but for what its route rewrites. */
function rewriteTarget({
  route: { rewrite },
  received: { target },
}: Judged): { readonly outcome: 'as_sent'; readonly target: CanonicalTarget } | RefusedPath {
  if (rewrite === undefined) return { outcome: 'as_sent', target };
  const rewritten = rewritePath(rewrite, target.path);
  if (rewritten.outcome === 'refused') return rewritten;
  return { outcome: 'as_sent', target: { ...target, path: rewritten.path } };
}

type RefusedPath = Extract<RewrittenPath, { outcome: 'refused' }>;

/** Those of the route come before those of the server. */
function limitsOf({ received, route }: Judged): Limits {
  const { limits } = received.snapshot.server;
  return route.limits === undefined ? limits : { ...limits, ...route.limits };
}

function refuseTooLong(judged: Judged, { tooLong, bytes }: HeaderTooLong, parts: GatewayParts): Refusal {
  parts.metrics.rateLimited('identity');
  const limit = judged.route.identity.limitBytes;
  const detail = `${tooLong} would have ${bytes} bytes, and identity.limit of the route is ${limit}: the person has too many groups.`;
  return refusalOfJudged(judged, 'identity_too_large', detail);
}

async function stream(
  judged: Judged,
  { upstreams, target }: Pick<AllowedRequest, 'upstreams' | 'target'>,
  headers: readonly string[],
  place: InFlightPlace,
  record: RecordDecision,
  parts: GatewayParts,
): Promise<End> {
  const { received, route } = judged;
  const { arrival } = received;
  const allowed = { route, upstreams, target, headers, limits: limitsOf(judged) };
  if (arrival.upgrade !== undefined) return carryTunnel(judged, allowed, arrival.upgrade, record, parts);
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
    slot: undefined,
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
      void record(answer.status);
    };
    const result = await parts.forwarder.forward(allowed, arrival.request, arrival.response, {
      onAnswer,
      isHeld: () => isHeld,
    });
    // Without an answer's head nothing was recorded yet: the client left first.
    if (result.status === 0) await record(0);
    return endOf(judged, result, parts);
  } finally {
    forget?.();
    parts.streams.release(carried);
  }
}

async function carryTunnel(
  judged: Judged,
  allowed: AllowedRequest,
  upgrade: NonNullable<Judged['received']['arrival']['upgrade']>,
  record: RecordDecision,
  parts: GatewayParts,
): Promise<End> {
  const { arrival } = judged.received;
  // The bare socket belongs to the tunnel now; it comes back only when an answer of ours must be sent.
  arrival.response.detachSocket(arrival.request.socket);
  // Of the upgrade no more than the socket stays for as long as the tunnel stands.
  const { socket } = upgrade;
  let tunnel: Tunnel | undefined;
  const wire: StreamWire = {
    hold() {
      // While the app has not answered there is nobody to tell anything.
      if (tunnel === undefined) socket.destroy();
      else tunnel.hold();
    },
    close: (code, reason) => tunnel?.close(code, reason),
  };
  const forget = openStream(judged, 'websocket', wire, parts);
  try {
    const opened = await parts.tunnels.open(allowed, arrival.request, socket, upgrade.head);
    tunnel = opened.tunnel;
    const { status } = opened;
    await record(status);
    return { outcome: 'ended', status, origin: 'upstream', waitedMs: 0 };
  } catch (thrown) {
    forget();
    if (!socket.destroyed) arrival.response.assignSocket(arrival.request.socket);
    throw thrown;
  }
}

function endOf({ route }: Judged, { status, result, upstreamMs }: ForwardResult, parts: GatewayParts): End {
  if (result !== 'client_gone') parts.metrics.upstreamAnswered(route.index, result, upstreamMs);
  return { outcome: 'ended', status, origin: 'upstream', waitedMs: upstreamMs };
}

/** `audit.on_failure: deny`: nothing passes that cannot be recorded. */
function refuseUnrecorded(judged: Judged, parts: GatewayParts): Refusal {
  parts.metrics.failedClosed('audit');
  const detail = 'The audit trail cannot be written and the configuration says on_failure: deny.';
  return refusalOfJudged(judged, 'audit_unavailable', detail);
}

/**
 * The value of `Postern-Device-Warning` on an answer that a grace let pass: each posture that fails and until when it is
 * let pass, as a structured field (RFC 9651). `undefined`: nothing is warned of.
 */
function deviceWarning({ decision, facts }: Judgement): string | undefined {
  if (decision.outcome !== 'allow' || facts.device === undefined) return undefined;
  let warning: string | undefined;
  const { postures } = facts.device;
  for (const name in postures) {
    const posture = postures[name];
    if (posture?.result !== 'warned' || posture.warnedUntilMs === undefined) continue;
    const item = `"${name}";until="${new Date(posture.warnedUntilMs).toISOString()}"`;
    warning = warning === undefined ? item : `${warning}, ${item}`;
  }
  return warning;
}
