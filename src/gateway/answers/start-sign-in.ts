import { createHash } from 'node:crypto';
import type { SignIn, StepUp } from '../../decision/decision.ts';
import { ownAnswerHeaders } from '../../http/answer-headers.ts';
import { attemptCookie, readHostCookies } from '../../sessions/host-credential.ts';
import { originOn } from '../arrival.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import type { Judged } from '../stages.ts';
import { authOrigin } from './no.ts';

const attemptSecretBytes = 32;
const attemptSecretShape = /^[\w-]{43}$/;

/**
 * Sends a navigation to the sign-in host. The browser gets a secret of this host's own first; the ticket that comes
 * back is bound to it, so that nobody can be signed in with somebody else's ticket (SECURITY.md 2). Tabs of one browser
 * share the secret. Where to return to is a record here, named by an opaque id.
 */
export async function startSignIn(judged: Judged, decision: SignIn | StepUp, parts: GatewayParts): Promise<void> {
  const { received } = judged;
  const { arrival, target } = received;
  const known = readHostCookies(arrival.request.headers.cookie).attempt;
  const attempt =
    known !== undefined && attemptSecretShape.test(known)
      ? known
      : parts.randomBytes(attemptSecretBytes).toString('base64url');
  const returnTarget = await parts.sessions.saveReturnTarget({
    host: target.host,
    origin: originOn(arrival.listener, target.host),
    path: target.path + target.query,
    attemptHash: createHash('sha256').update(attempt).digest('base64url'),
  });
  const page = decision.outcome === 'step_up' ? 'step-up' : 'login';
  const { response } = arrival;
  for (const [name, value] of ownAnswerHeaders(received.decisionId, decision.reason)) response.setHeader(name, value);
  response.setHeader('Set-Cookie', attemptCookie(attempt));
  response.setHeader('Location', `${authOrigin(received)}/.postern/${page}?rt=${encodeURIComponent(returnTarget)}`);
  response.writeHead(302);
  response.end();
}
