import type { GatewayParts } from './gateway-parts.ts';
import type { Judged } from './stages.ts';

/** Ties a connection that outlives its request to the session, so that it ends with it. Call the answer when the stream ends first. */
export function openStream(
  judged: Judged,
  kind: 'websocket' | 'sse',
  parts: Pick<GatewayParts, 'streams'>,
): () => void {
  const { socket } = judged.received.arrival.request;
  return parts.streams.add({ kind, routeIndex: judged.route.index, sessionId: judged.identity.session?.id, socket });
}
