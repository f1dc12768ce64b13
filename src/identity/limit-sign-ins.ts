import { limitKeyOf } from '../http/limit-attempts.ts';
import type { Exchange } from './exchange.ts';
import type { IdentityParts } from './parts.ts';

/** Answers 429 when this address has begun too many sign-ins; true when it did. */
export async function isOverLimit(parts: IdentityParts, exchange: Exchange): Promise<boolean> {
  const retryAfterSeconds = await parts.attemptLimiter.take(limitKeyOf(exchange.address));
  if (retryAfterSeconds === undefined) return false;
  parts.answers.refuse(exchange, { reason: 'rate_limited', retryAfterSeconds });
  return true;
}
