import { configurationName, type Snapshot } from '../config/snapshot.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import { type CloseCode, closeCodeOf, closeReason } from '../http/websocket/close-frame.ts';
import type { StreamClosing, StreamKind, StreamVerdict } from '../streams/stream-registry.ts';
import { originOf } from './authorize.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { judgeStreamAgain } from './judge-stream-again.ts';
import { recordClosedStream, recordRedecision, type StreamRecording, type StreamStory } from './record-stream.ts';
import type { Judged } from './stages.ts';

/** How a stream of some kind is closed on the wire. */
export interface StreamWire {
  /** Stops what goes either way, before anything else is done. */
  readonly hold?: () => void;
  /** @param reason for page script, at most 123 bytes */
  readonly close: (code: CloseCode, reason: string) => void;
}

/** What stays for as long as a stream is open: neither the request nor the configuration that let it in may stay with it. */
type Kept = Parameters<typeof judgeStreamAgain>[2] & StreamRecording;

/** Of each configuration, for all of the streams that it let in. */
const keptByParts = new WeakMap<GatewayParts, Kept>();

function keptOf(parts: GatewayParts): Kept {
  const known = keptByParts.get(parts);
  if (known !== undefined) return known;
  const { sessions, lockByRisk, judge, devices, now, nextDecisionId, audit, log, metrics } = parts;
  const kept = { sessions, lockByRisk, judge, devices, now, nextDecisionId, audit, log, metrics };
  keptByParts.set(parts, kept);
  return kept;
}

/**
 * Registers a connection that outlives its request, so that it is decided again for as long as it is open, and ends with
 * its session. Call the answer when the stream ends before its connection does.
 */
export function openStream(judged: Judged, kind: StreamKind, wire: StreamWire, parts: GatewayParts): () => void {
  const { received, identity, route } = judged;
  const { request } = received.arrival;
  const { target, client, address, userAgent } = received;
  const kept = keptOf(parts);
  const admission = {
    received: { target, client, address, userAgent, origin: originOf(received) },
    identity,
    certificate: parts.peerCertificate(request),
    place: { target: route.target, rewrite: route.rewrite },
  };
  const story: StreamStory = {
    kind,
    openedBy: received.decisionId,
    openedAtMs: received.nowMs,
    route: route.name,
    target,
    client,
    address,
    person: identity.session?.person,
    sessionId: identity.session?.id,
    config: configurationName(received.snapshot),
  };
  let redecided: DecisionId | undefined;

  async function decideAgain(snapshot: Snapshot): Promise<StreamVerdict> {
    const config = configurationName(snapshot);
    const rejudged = await judgeStreamAgain(admission, snapshot, kept);
    switch (rejudged.outcome) {
      case 'stays':
      case 'undecided':
        return rejudged;
      case 'moved':
        return ends('shutting_down', 'moved', kept);
      case 'refused': {
        const verdict = ends(rejudged.reason, 'decision', kept);
        if (rejudged.judgement === undefined) return verdict;
        redecided = verdict.closing.decisionId;
        recordRedecision(story, rejudged.judgement, { decisionId: redecided, config }, kept);
        return verdict;
      }
      default:
        return rejudged satisfies never;
    }
  }

  return parts.streams.add({
    kind,
    routeIndex: route.index,
    sessionId: identity.session?.id,
    deviceId: identity.device?.deviceId,
    socket: request.socket,
    metrics: kept.metrics,
    ...(wire.hold === undefined ? {} : { hold: wire.hold }),
    decideAgain,
    close(closing) {
      const code = closeCodeOf(closing.reason);
      wire.close(code, closeReason(closing.reason, closing.decisionId));
      recordClosedStream(story, closing, code, redecided, kept);
    },
  });
}

function ends(reason: StreamClosing['reason'], because: StreamClosing['because'], { nextDecisionId, now }: Kept) {
  return { outcome: 'ends', closing: { reason, because, decisionId: nextDecisionId(now()) } } as const;
}
