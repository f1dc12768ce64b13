import type { DeviceProvider } from '../../config/snapshot.ts';
import type { AskProvider } from './ask-provider.ts';
import { valueAt } from './read-item.ts';
import type { ListingFailed } from './read-listing.ts';
import { readRetryAfter } from './retry-after.ts';

/** The header that carries a provider's credential. */
export interface BearerToken {
  header(signal: AbortSignal, nowMs: number): Promise<Readonly<Record<string, string>> | ListingFailed>;
  /** The provider refused it: another one is asked for next time. */
  forget(): void;
}

/** Renewed before it ends, so that no list is cut off in the middle. */
const earlyMs = 120_000;
const defaultLifeMs = 5 * 60_000;

/** Builds it: a fixed token, or one by client credentials (RFC 6749 section 4.4) that is kept while it lasts. */
export function createBearerToken({ token, oauth }: DeviceProvider, ask: AskProvider): BearerToken {
  let kept: { readonly token: string; readonly untilMs: number } | undefined;
  return {
    async header(signal, nowMs) {
      if (oauth === undefined) return token === undefined ? {} : { authorization: `Bearer ${token}` };
      if (kept === undefined || nowMs >= kept.untilMs) {
        const form = new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: oauth.clientId,
          client_secret: oauth.clientSecret,
          ...(oauth.scope === undefined ? {} : { scope: oauth.scope }),
        });
        const asked = await ask(new URL(oauth.tokenUrl), { headers: {}, form: form.toString(), signal });
        if (asked.outcome === 'failed') return { ...asked, why: `asking for a token, ${asked.why}` };
        const { status, headers, body } = asked.answer;
        const fresh = status === 200 ? readToken(body, nowMs) : undefined;
        if (fresh === undefined) {
          const isLimited = status === 429;
          return {
            outcome: 'failed',
            problem: isLimited ? 'rate_limited' : status === 200 ? 'garbage' : 'status',
            why: status === 200 ? 'it answered no token' : `asked for a token, it answered ${status}`,
            retryAfterMs: readRetryAfter(headers['retry-after'], nowMs),
          };
        }
        kept = fresh;
      }
      return { authorization: `Bearer ${kept.token}` };
    },
    forget() {
      kept = undefined;
    },
  };
}

function readToken(body: string, nowMs: number): { readonly token: string; readonly untilMs: number } | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  const token = valueAt(parsed, ['access_token']);
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(token)) return undefined;
  const seconds = valueAt(parsed, ['expires_in']);
  const lifeMs = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : defaultLifeMs;
  return { token, untilMs: nowMs + Math.max(lifeMs - earlyMs, 0) };
}
