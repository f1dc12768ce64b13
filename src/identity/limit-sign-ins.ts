import { limitKeyOf } from '../http/limit-attempts.ts';
import type { Session } from '../sessions/session.ts';
import type { Exchange } from './exchange.ts';
import type { IdentityParts } from './parts.ts';

/** Answers 429 when too many sign-ins or step-ups were begun by whoever pays for this one; true when it did. */
export async function isOverLimit(
  parts: IdentityParts,
  exchange: Exchange,
  session: Session | undefined,
): Promise<boolean> {
  const retryAfterSeconds = await parts.signInBudget.take({
    sessionId: session?.id,
    attempts: parts.attempts.secretsOf(exchange),
    address: exchange.address,
  });
  return refused(parts, exchange, session, retryAfterSeconds);
}

/**
 * The same for a callback. One that belongs to an attempt of this browser was paid for when that was begun; the rest are
 * strays, and have a budget of their own, so that neither kind of flood closes the other way.
 */
export async function isStrayOverLimit(
  parts: IdentityParts,
  exchange: Exchange,
  state: string | undefined,
): Promise<boolean> {
  if (state !== undefined && parts.attempts.hasBegun(exchange, state)) return false;
  const session = await parts.findCurrentSession(exchange);
  if (session !== undefined) return isOverLimit(parts, exchange, session);
  return refused(parts, exchange, undefined, await parts.strayLimiter.take(limitKeyOf(exchange.address)));
}

function refused(
  { answers }: IdentityParts,
  exchange: Exchange,
  session: Session | undefined,
  retryAfterSeconds: number | undefined,
): boolean {
  if (retryAfterSeconds === undefined) return false;
  answers.refuse(exchange, { reason: 'rate_limited', session, retryAfterSeconds });
  return true;
}
