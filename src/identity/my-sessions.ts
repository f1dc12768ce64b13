import type { SessionsNotice } from '../pages/page.ts';
import type { Session } from '../sessions/session.ts';
import { type Exchange, queryOf, singleParameter } from './exchange.ts';
import {
  describeSession,
  findOther,
  otherSessions,
  requireOwnForm,
  requireSession,
  sessionsPath,
} from './own-sessions.ts';
import type { IdentityParts } from './parts.ts';

/** `GET /.postern/sessions`: where this person is signed in, this browser first. */
export async function showSessions(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const current = await requireSession(parts, exchange);
  if (current === undefined) return;
  const others = await otherSessions(parts, current);
  const byUse = others
    .map((session) => describeSession(exchange, session, false))
    .sort((one, other) => other.lastSeenAtMs - one.lastSeenAtMs || (one.id < other.id ? 1 : -1));
  const own = describeSession(exchange, { ...current, lastSeenAtMs: exchange.startedAtMs }, true);
  parts.answers.page(
    exchange,
    {
      kind: 'sessions',
      sessions: [own, ...byUse],
      token: parts.sessionsTokens.tokenFor(current.id),
      notice: noticeOf(parts, exchange, current),
    },
    current,
  );
}

/** `POST /.postern/sessions/end`: ends one other session, with every app's credential and what it has open. */
export async function endSession(
  parts: IdentityParts,
  exchange: Exchange,
  form: { readonly token: unknown; readonly session: unknown },
): Promise<void> {
  const current = await requireOwnForm(parts, exchange, form.token);
  if (current === undefined) return;
  const other = await findOther(parts, current, form.session);
  const ended = other === undefined ? 0 : await endEach(parts, exchange, current, [other]);
  parts.answers.redirect(exchange, `${exchange.authOrigin}${sessionsPath}?ended=${ended}`);
}

/** `POST /.postern/sessions/end-others`: ends all but this browser's. */
export async function endOtherSessions(parts: IdentityParts, exchange: Exchange, token: unknown): Promise<void> {
  const current = await requireOwnForm(parts, exchange, token);
  if (current === undefined) return;
  const ended = await endEach(parts, exchange, current, await otherSessions(parts, current));
  parts.answers.redirect(exchange, `${exchange.authOrigin}${sessionsPath}?ended=${ended}`);
}

/**
 * As a sign-out over there, and no revocation: the person says that they are done with that browser, not that somebody
 * else has it. A revocation would ask this very person for a new proof at every browser of theirs (security-rules.md 1).
 */
async function endEach(
  parts: IdentityParts,
  exchange: Exchange,
  current: Session,
  others: readonly Session[],
): Promise<number> {
  let ended = 0;
  for (const session of others) {
    if (!(await parts.deps.sessions.end(session.id, 'logout'))) continue;
    ended += 1;
    await parts.recorder.record(exchange, {
      type: 'session_ended',
      result: 'success',
      session,
      detail: { cause: 'ended_by_person', by_session: current.id },
    });
  }
  return ended;
}

/** What has just happened. Anybody can make a link with a number; that a session was disowned, only we can say. */
function noticeOf(parts: IdentityParts, exchange: Exchange, current: Session): SessionsNotice | undefined {
  const query = queryOf(exchange.request);
  if (parts.disownedTokens.isValid(singleParameter(query, 'disowned'), current.id)) return { kind: 'disowned' };
  const ended = singleParameter(query, 'ended');
  return ended !== undefined && /^\d{1,4}$/.test(ended) ? { kind: 'ended', count: Number(ended) } : undefined;
}
