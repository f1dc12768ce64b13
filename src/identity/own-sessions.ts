import type { PersonSession } from '../pages/page.ts';
import { absoluteEndMs } from '../sessions/expiry.ts';
import type { Session, SessionId } from '../sessions/session.ts';
import { isSamePerson } from '../state/person-key.ts';
import { loginUrl } from './answer.ts';
import { isNavigation } from './client-form.ts';
import type { Exchange } from './exchange.ts';
import { isOwnForm } from './form-token.ts';
import { nameUserAgent } from './name-user-agent.ts';
import type { IdentityParts } from './parts.ts';

export const sessionsPath = '/.postern/sessions';

type SeenSession = Session & { readonly lastSeenAtMs?: number | undefined };

/** The session of who looks at a page of ours; answers as the portal does where there is none. */
export async function requireSession(parts: IdentityParts, exchange: Exchange): Promise<Session | undefined> {
  const { method, headers } = exchange.request;
  const session = await parts.findCurrentSession(exchange);
  if (session === undefined) {
    const signInUrl = exchange.authOrigin + loginUrl(undefined);
    if (isNavigation(method, headers)) parts.answers.redirect(exchange, signInUrl);
    else parts.answers.refuse(exchange, { reason: 'login_required', signInUrl });
    return undefined;
  }
  // Each look reads all sessions of the person: a brake for those who would do it for that.
  const retryAfterSeconds = await parts.sessionsLimiter.take(session.id);
  if (retryAfterSeconds !== undefined) {
    parts.answers.refuse(exchange, { reason: 'rate_limited', session, retryAfterSeconds });
    return undefined;
  }
  parts.deps.sessions.touch(session.id, exchange.startedAtMs);
  return session;
}

/** The same for a form, which must be one that this session was shown; another one is refused. */
export async function requireOwnForm(
  parts: IdentityParts,
  exchange: Exchange,
  token: unknown,
): Promise<Session | undefined> {
  const session = await requireSession(parts, exchange);
  if (session === undefined || isOwnForm(exchange, parts.sessionsTokens, token, session.id)) return session;
  const retryUrl = exchange.authOrigin + sessionsPath;
  parts.answers.refuse(exchange, { reason: 'origin_not_allowed', session, retryUrl });
  return undefined;
}

/** The person's other live sessions. A subject is `iss` + `sub` (security-rules.md 6). */
export async function otherSessions(parts: IdentityParts, current: Session): Promise<readonly SeenSession[]> {
  const all = await parts.deps.sessions.ofPerson(current.person);
  return all.filter(({ id }) => id !== current.id);
}

/** One of the person's other sessions by the id that a form or a link named; somebody else's is as if it were over. */
export async function findOther(parts: IdentityParts, current: Session, id: unknown): Promise<SeenSession | undefined> {
  const { sessions } = parts.deps;
  if (!isSessionId(id) || id === current.id) return undefined;
  const found = await sessions.find(id);
  if (found === undefined || !isSamePerson(found.person, current.person)) return undefined;
  return { ...found, lastSeenAtMs: sessions.lastSeenAtMs(id) };
}

/** What the pages show of a session. */
export function describeSession(exchange: Exchange, session: SeenSession, isCurrent: boolean): PersonSession {
  const { provedAtMs, signedInFrom, signedInAtMs } = session;
  return {
    id: session.id,
    isCurrent,
    ...nameUserAgent(signedInFrom.userAgent),
    address: signedInFrom.address,
    signedInAtMs,
    lastSeenAtMs: Math.max(session.lastSeenAtMs ?? 0, signedInAtMs),
    expiresAtMs: absoluteEndMs(session, exchange.snapshot.session),
    provedAtMs,
  };
}

function isSessionId(value: unknown): value is SessionId {
  return typeof value === 'string' && /^ses_[0-9A-Z]{26}$/.test(value);
}
