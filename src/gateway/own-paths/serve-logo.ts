import { pictureHeaders } from '../../http/picture-headers.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { type Received, type Refusal, refusalOf } from '../stages.ts';

/** The company's logo, for the pages that are shown on an app's host. */
export async function serveLogo(received: Received, _parts: GatewayParts): Promise<Refusal | undefined> {
  const logo = received.snapshot.branding?.logo;
  if (logo === undefined) return refusalOf(received, 'route_unknown', 'The configuration names no logo.');
  const { response } = received.arrival;
  response.writeHead(200, { ...pictureHeaders(logo), 'Postern-Decision-Id': received.decisionId });
  response.end(logo.bytes);
  return undefined;
}
