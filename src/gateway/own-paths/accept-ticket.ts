import { enteredPath } from '../../pages/paths.ts';
import { readAttempt, readCredential, setCredential } from '../../sessions/host-credential.ts';
import { headersOf } from '../answers/headers-of.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { type Received, type Refusal, refusalOf } from '../stages.ts';

/**
 * Takes a one-time ticket and gives this host its own credential (security-rules.md 2). When the browser did not bring its
 * attempt cookie, one page says so: there is never a second automatic redirect, so nothing can loop.
 */
export async function acceptTicket(received: Received, parts: GatewayParts): Promise<Refusal | undefined> {
  const { arrival, target } = received;
  const ticket = new URLSearchParams(target.query).get('ticket') ?? '';
  const { cookie } = arrival.request.headers;
  const redeemed = await parts.sessions.redeemTicket(ticket, target.host, readAttempt(cookie), readCredential(cookie));
  if (redeemed.outcome === 'refused') {
    const reason = redeemed.cause === 'cookie_missing' ? 'cookies_missing' : 'sign_in_lost';
    return refusalOf(received, reason, `The ticket was refused: ${redeemed.cause}.`);
  }
  arrival.response.writeHead(
    303,
    headersOf(received, {
      reason: 'granted',
      location: redeemed.target.origin + (redeemed.target.way === 'past_worker' ? enteredPath : redeemed.target.path),
      setCookies: [setCredential(redeemed.credential, redeemed.maxAgeMs)],
    }),
  );
  arrival.response.end();
  return undefined;
}
