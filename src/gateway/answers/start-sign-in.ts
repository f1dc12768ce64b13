import type { SignIn, StepUp } from '../../decision/decision.ts';
import type { ReasonCode } from '../../decision/reason.ts';
import { parseCanonicalTarget } from '../../http/parse-canonical-target.ts';
import { readAttempt, setAttempt } from '../../sessions/host-credential.ts';
import type { ReturnTarget } from '../../sessions/session.ts';
import { hashSecret } from '../../state/secret.ts';
import { originOn } from '../arrival.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import type { Judged, Received } from '../stages.ts';
import { authOrigin } from './denial.ts';
import { headersOf } from './headers-of.ts';

/** As long as a sign-in may take at the provider. */
const attemptLifetimeMs = 10 * 60_000;

/** A longer address is not worth a record. */
const longestReferer = 2_000;

/**
 * Prepares to send a navigation to the sign-in host. The browser gets a secret of this host's own first; the ticket that comes
 * back is bound to it, so that nobody can be signed in with somebody else's ticket (security-rules.md 2). Tabs of one browser
 * share the secret. Where to return to is a record here, named by an opaque id.
 * @returns the headers of the redirect. Rejects with the store's fault; nothing was sent then.
 */
export function prepareSignIn(judged: Judged, decision: SignIn | StepUp, parts: GatewayParts): Promise<string[]> {
  const { received } = judged;
  const { path, query } = received.target;
  const isStepUp = decision.outcome === 'step_up';
  const onward = {
    reason: decision.reason,
    page: isStepUp ? 'step-up' : 'login',
    path: path + query,
    cameFrom: isStepUp ? cameFrom(received) : undefined,
  } as const;
  return goToSignInHost(received, onward, parts);
}

/** Why somebody is sent to the sign-in host, and where they come back to. */
interface Onward extends Pick<ReturnTarget, 'path' | 'cameFrom' | 'way'> {
  readonly reason: ReasonCode;
  readonly page: 'login' | 'step-up';
}

/** The headers of that redirect, for a browser of this host. */
export async function goToSignInHost(
  received: Received,
  { reason, page, ...back }: Onward,
  parts: GatewayParts,
): Promise<string[]> {
  const { arrival, target } = received;
  const attempt = readAttempt(arrival.request.headers.cookie) ?? parts.attemptSecrets.mint();
  const returnTarget = await parts.sessions.saveReturnTarget({
    host: target.host,
    origin: originOn(arrival.listener, target.host),
    attemptHash: hashSecret(attempt),
    ...back,
  });
  return headersOf(received, {
    reason,
    location: `${authOrigin(received)}/.postern/${page}?rt=${encodeURIComponent(returnTarget)}`,
    setCookies: [setAttempt(attempt, attemptLifetimeMs)],
  });
}

/**
 * The page of the same app on which a person pressed what they now must prove more for: a canonical path and query.
 * A browser may say anything, so another origin, another spelling of ours and what cannot be read count for nothing.
 */
function cameFrom({ arrival, target }: Pick<Received, 'arrival' | 'target'>): string | undefined {
  const { referer } = arrival.request.headers;
  const origin = originOn(arrival.listener, target.host);
  if (referer === undefined || referer.length > longestReferer || !referer.startsWith(`${origin}/`)) return undefined;
  const url = referer.slice(origin.length);
  const parsed = parseCanonicalTarget({ method: 'GET', url, rawHeaders: ['Host', target.host] });
  if (parsed.outcome === 'refused' || parsed.target.path.startsWith('/.postern/')) return undefined;
  return parsed.target.path + parsed.target.query;
}
