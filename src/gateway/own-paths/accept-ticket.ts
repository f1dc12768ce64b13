import { ownAnswerHeaders } from '../../http/answer-headers.ts';
import { credentialCookie, readHostCookies } from '../../sessions/host-credential.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { refuse } from '../refuse.ts';
import type { Received } from '../stages.ts';

/**
 * Takes a one-time ticket and gives this host its own credential (SECURITY.md 2). When the browser did not bring its
 * attempt cookie, one page says so: there is never a second automatic redirect, so nothing can loop.
 */
export async function acceptTicket(received: Received, parts: GatewayParts): Promise<void> {
  const { arrival, target } = received;
  const ticket = new URLSearchParams(target.query).get('ticket') ?? '';
  const cookies = readHostCookies(arrival.request.headers.cookie);
  const redeemed = await parts.sessions.redeemTicket(ticket, target.host, cookies.attempt, cookies.credential);
  if (redeemed.outcome === 'refused') {
    return refuse(
      {
        outcome: 'refused',
        opening: received,
        reason: redeemed.cause === 'cookie_missing' ? 'cookies_missing' : 'sign_in_lost',
        detail: `The ticket was refused: ${redeemed.cause}.`,
        target,
        client: received.client,
        address: received.address,
        route: undefined,
        session: undefined,
      },
      parts,
    );
  }
  const { response } = arrival;
  for (const [name, value] of ownAnswerHeaders(received.decisionId, 'granted')) response.setHeader(name, value);
  response.setHeader('Set-Cookie', credentialCookie(redeemed.credential, redeemed.maxAgeMs));
  response.setHeader('Location', redeemed.target.origin + redeemed.target.path);
  response.writeHead(303);
  response.end();
}
