import type { IdentityProvider } from '../../config/snapshot.ts';
import { type Claims, lacksMappedClaims, withUserinfo } from '../claims.ts';
import type { ProviderTokens, ReachableProvider } from '../openid-client.ts';
import { classifyRefreshError, type RefreshFailure } from './classify-refresh-error.ts';
import type { ProviderGrant } from './provider-grants.ts';

export type ClaimsReading =
  /** Of the same `iss` and `sub` as the sign-in. */
  | { readonly outcome: 'read'; readonly claims: Claims }
  /** No refresh token, and the access token is over: only a sign-in brings others. */
  | { readonly outcome: 'impossible' }
  | RefreshFailure;

/** The provider may be a little ahead of us. */
const marginMs = 5_000;

/**
 * Reads a person's claims again: with the refresh token, else by userinfo while the access token lasts.
 * @param keep called with new tokens as soon as they are there, before anything else can fail: the old refresh token may be
 * worth nothing by then. Its rejection is passed on.
 */
export async function readClaimsAgain(
  provider: IdentityProvider,
  reachable: ReachableProvider,
  grant: ProviderGrant,
  keep: (tokens: ProviderTokens) => Promise<unknown>,
  now: () => number,
): Promise<ClaimsReading> {
  const { refreshToken, subject, issuer } = grant;
  let accessToken = grant.accessToken;
  let idTokenClaims: Claims | undefined;
  if (refreshToken !== null) {
    const answer = await outcomeOf(reachable.refresh(refreshToken), now);
    if (!answer.ok) return answer.failure;
    await keep(answer.value.tokens);
    accessToken = answer.value.tokens.accessToken;
    idTokenClaims = answer.value.idTokenClaims;
    if (idTokenClaims !== undefined && (idTokenClaims['iss'] !== issuer || idTokenClaims['sub'] !== subject)) {
      return { outcome: 'refused', errorCode: 'another_subject', isNo: false };
    }
  } else if (now() + marginMs >= (grant.accessTokenEndsAtMs ?? Number.POSITIVE_INFINITY)) {
    return { outcome: 'impossible' };
  }
  if (
    idTokenClaims !== undefined &&
    (reachable.userinfo === undefined || !lacksMappedClaims(provider, idTokenClaims))
  ) {
    return { outcome: 'read', claims: idTokenClaims };
  }
  if (reachable.userinfo === undefined) return { outcome: 'impossible' };
  const userinfo = await outcomeOf(reachable.userinfo(accessToken, subject), now);
  if (!userinfo.ok) return userinfo.failure;
  const said = userinfo.value['iss'];
  if (userinfo.value['sub'] !== subject || (said !== undefined && said !== issuer)) {
    return { outcome: 'refused', errorCode: 'another_subject', isNo: false };
  }
  const claims =
    idTokenClaims === undefined
      ? { ...userinfo.value, iss: issuer }
      : withUserinfo(provider, idTokenClaims, userinfo.value);
  return { outcome: 'read', claims };
}

type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: RefreshFailure };

async function outcomeOf<Value>(call: Promise<Value>, now: () => number): Promise<Outcome<Value>> {
  try {
    return { ok: true, value: await call };
  } catch (thrown) {
    return { ok: false, failure: classifyRefreshError(thrown, now()) };
  }
}
