import type { GatewayParts } from '../gateway-parts.ts';
import type { Received } from '../stages.ts';

/** The public keys by which an app checks `X-Postern-Assertion` (RFC 7517). */
export async function serveJwks(received: Received, parts: GatewayParts): Promise<undefined> {
  const keys = await parts.assertions.publicKeys(received.nowMs);
  const { response } = received.arrival;
  response.setHeader('Content-Type', 'application/jwk-set+json');
  // Shorter than the overlap of keys, so that a cached set always holds the key in use.
  response.setHeader('Cache-Control', 'public, max-age=300');
  response.setHeader('Postern-Decision-Id', received.decisionId);
  response.end(JSON.stringify({ keys }));
  return undefined;
}
