import type { GatewayParts } from './gateway-parts.ts';
import { judgeStreamAgain } from './judge-stream-again.ts';
import type { Judged } from './stages.ts';

/** Ties a connection that outlives its request to the session, so that it ends with it. Call the answer when the stream ends first. */
export function openStream(judged: Judged, kind: 'websocket' | 'sse', parts: GatewayParts): () => void {
  const { socket } = judged.received.arrival.request;
  return parts.streams.add({
    kind,
    routeIndex: judged.route.index,
    sessionId: judged.identity.session?.id,
    socket,
    metrics: parts.metrics,
    decidedBy: judged.received.snapshot,
    isStillAllowed: (next) => judgeStreamAgain(judged, next, parts),
  });
}
