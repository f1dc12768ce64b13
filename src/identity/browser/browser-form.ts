import type { Session } from '../../sessions/session.ts';
import type { Exchange } from '../exchange.ts';
import { isOwnForm } from '../form-token.ts';
import { requireSession } from '../own-sessions.ts';
import type { IdentityParts } from '../parts.ts';

/** What the script, or the form, of a browser's key posts. All of it is anybody's until it was checked. */
export interface BrowserForm {
  readonly token: unknown;
  readonly kid: unknown;
  readonly key: unknown;
  readonly proof: unknown;
  readonly returnTargetId: unknown;
}

/** The session whose page posted this; another site's post is refused. Answers the refusal itself. */
export async function requireBrowserForm(
  parts: IdentityParts,
  exchange: Exchange,
  { token }: Pick<BrowserForm, 'token'>,
): Promise<Session | undefined> {
  const session = await requireSession(parts, exchange);
  if (session === undefined || isOwnForm(exchange, parts.browserTokens, token, session.id)) return session;
  parts.answers.refuse(exchange, { reason: 'origin_not_allowed', session });
  return undefined;
}
