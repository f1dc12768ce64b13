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

/** `GET /.postern/sessions/not-me`: says what "This wasn't me" does, and asks. */
export async function confirmDisown(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const current = await requireSession(parts, exchange);
  if (current === undefined) return;
  const other = await findOther(parts, current, singleParameter(queryOf(exchange.request), 'session'));
  if (other === undefined) return answerOver(parts, exchange);
  const page = {
    kind: 'session_disown',
    session: describeSession(exchange, other, false),
    token: parts.sessionsTokens.tokenFor(current.id),
  } as const;
  parts.answers.page(exchange, page, current);
}

/**
 * `POST /.postern/sessions/not-me`: ends the session and revokes the person's sign-ins until now, so that the provider's
 * cookie signs nobody back in (security-rules.md 1). Every session that is left gets the risk that somebody has the password;
 * a step-up answers it.
 */
export async function disownSession(
  parts: IdentityParts,
  exchange: Exchange,
  form: { readonly token: unknown; readonly session: unknown },
): Promise<void> {
  const { deps, recorder, answers, disownedTokens } = parts;
  const current = await requireOwnForm(parts, exchange, form.token);
  if (current === undefined) return;
  const disowned = await findOther(parts, current, form.session);
  if (disowned === undefined) return answerOver(parts, exchange);
  const others = await otherSessions(parts, current);
  const remaining = [current, ...others.filter(({ id }) => id !== disowned.id)];
  // Before the end: if it fails the person is told, and can press again while the session is still there to name.
  await deps.onDisowned?.(disowned, remaining);
  if (!(await deps.sessions.end(disowned.id, 'user'))) return answerOver(parts, exchange);
  await recorder.record(exchange, {
    type: 'session_disowned',
    result: 'success',
    reason: 'session_revoked',
    session: disowned,
    detail: {
      cause: 'disowned',
      by_session: current.id,
      signed_in_from: disowned.signedInFrom.address,
      risk_raised_in: remaining.map(({ id }) => id),
    },
  });
  const notice = new URLSearchParams({ disowned: disownedTokens.tokenFor(current.id) });
  answers.redirect(exchange, `${exchange.authOrigin}${sessionsPath}?${notice}`);
}

function answerOver(parts: IdentityParts, exchange: Exchange): void {
  parts.answers.redirect(exchange, `${exchange.authOrigin}${sessionsPath}?ended=0`);
}
