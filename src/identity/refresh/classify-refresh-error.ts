import { classifyProviderError } from '../classify-provider-error.ts';
import { clientErrors } from '../provider-calls.ts';

/** Why claims could not be read again (security-rules.md 7, 37). */
export type RefreshFailure =
  /** Nobody answers, or cannot now: nothing changes, and it is tried again. */
  | { readonly outcome: 'away'; readonly errorCode: string; readonly retryAfterMs: number | undefined }
  /** The provider turns our client down, whoever the person is: our fault. Nobody is signed out for it. */
  | { readonly outcome: 'misconfigured'; readonly errorCode: string }
  /** The provider says that this sign-in counts no longer. */
  | { readonly outcome: 'ended'; readonly errorCode: string }
  /**
   * An answer of which nothing is used. `isNo`: the provider refused the question (4xx); asked again, and refused once more,
   * it has said that this sign-in counts no longer. Otherwise an answer that failed a check.
   */
  | { readonly outcome: 'refused'; readonly errorCode: string; readonly isNo: boolean };

/** Sorts what openid-client threw at a refresh or at userinfo. What is not known is not believed, and ends nothing. */
export function classifyRefreshError(thrown: unknown, nowMs: number): RefreshFailure {
  const response = responseOf(thrown);
  const direct = classifyProviderError(thrown);
  // The library wraps what its fetch rejected with in an error that has no code.
  const { problem, errorCode } =
    direct.errorCode === 'unknown' ? classifyProviderError(field(thrown, 'cause')) : direct;
  const status = response?.status;
  if (status !== undefined && (status >= 500 || status === 429)) {
    const code = field(thrown, 'code') === 'OAUTH_RESPONSE_BODY_ERROR' ? errorCode : `http_${status}`;
    return { outcome: 'away', errorCode: code, retryAfterMs: retryAfterMs(response, nowMs) };
  }
  if (clientErrors.has(errorCode)) return { outcome: 'misconfigured', errorCode };
  if (errorCode === 'invalid_grant') return { outcome: 'ended', errorCode };
  if (status === 401) return { outcome: 'ended', errorCode: 'http_401' };
  if (problem === 'unavailable') return { outcome: 'away', errorCode, retryAfterMs: undefined };
  return { outcome: 'refused', errorCode, isNo: status !== undefined && status >= 400 };
}

const longestRetryAfterMs = 3_600_000;

/** Seconds or a date (RFC 9110 10.2.3), at most an hour. */
function retryAfterMs(response: Response | undefined, nowMs: number): number | undefined {
  const text = response?.headers.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), longestRetryAfterMs) : undefined;
}

function responseOf(thrown: unknown): Response | undefined {
  return [field(thrown, 'response'), field(thrown, 'cause')].find((part) => part instanceof Response);
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}
