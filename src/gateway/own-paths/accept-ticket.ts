import { buildAnswerHeaders } from '../../http/answer-headers.ts';
import { readAttempt, readCredential, setCredential } from '../../sessions/host-credential.ts';
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
  const { cookie } = arrival.request.headers;
  const redeemed = await parts.sessions.redeemTicket(ticket, target.host, readAttempt(cookie), readCredential(cookie));
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
  arrival.response.writeHead(
    303,
    buildAnswerHeaders({
      decisionId: received.decisionId,
      reason: 'granted',
      location: redeemed.target.origin + redeemed.target.path,
      setCookies: [setCredential(redeemed.credential, redeemed.maxAgeMs)],
    }),
  );
  arrival.response.end();
}
