import { toFault } from '../decision/fault.ts';
import { mintSecret } from '../state/secret.ts';
import { loginUrl } from './answer.ts';
import { type Exchange, queryOf, singleParameter } from './exchange.ts';
import { isOwnForm } from './form-token.ts';
import type { IdentityParts } from './parts.ts';
import { hasJustSignedOut, isSignOutState, markSignedOut } from './signed-out-marker.ts';

export const signedOutPath = '/.postern/signed-out';

/** `GET /.postern/sign-out`: asks first, since a link on any site can lead here. */
export async function confirmSignOut(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const session = await parts.findCurrentSession(exchange);
  if (session === undefined) return parts.answers.redirect(exchange, exchange.authOrigin + signedOutPath);
  const signOutToken = parts.signOutTokens.tokenFor(session.id);
  parts.answers.page(exchange, { kind: 'sign_out_confirm', signOutToken }, session);
}

/**
 * `POST /.postern/sign-out`: ends the session, with every app's credential, before anything else; then the browser is
 * sent to sign out at the provider (OpenID Connect RP-Initiated Logout 1.0).
 */
export async function signOut(parts: IdentityParts, exchange: Exchange, token: unknown): Promise<void> {
  const { deps, answers } = parts;
  const session = await parts.findCurrentSession(exchange);
  if (session === undefined) {
    const hasCookie = parts.singleSignOn.sessionIdOf(exchange.request) !== undefined;
    if (hasCookie) await parts.singleSignOn.forget(exchange.request, exchange.response);
    return answers.redirect(exchange, exchange.authOrigin + signedOutPath);
  }
  if (!isOwnForm(exchange, parts.signOutTokens, token, session.id)) {
    const signOutToken = parts.signOutTokens.tokenFor(session.id);
    return answers.refuse(exchange, {
      reason: 'origin_not_allowed',
      session,
      page: { kind: 'sign_out_confirm', signOutToken },
    });
  }
  await deps.sessions.end(session.id, 'logout');
  await parts.singleSignOn.forget(exchange.request, exchange.response);
  await parts.recorder.record(exchange, { type: 'sign_out', result: 'success', session });

  const state = mintSecret(deps.randomBytes);
  markSignedOut(exchange, state);
  const provider = exchange.snapshot.providers.get(session.person.providerId);
  const providerUrl = await endSessionUrl(parts, exchange, session.person.providerId, session.idToken, state);
  if (providerUrl === undefined) return answers.redirect(exchange, exchange.authOrigin + signedOutPath);
  // Not a redirect: browsers hold a form's redirects to form-action, and a provider may send the browser on to another
  // one. A refresh is a navigation of its own, and where it is switched off the page says what is left to do.
  exchange.response.set('Refresh', `0; url=${providerUrl}`);
  answers.page(
    exchange,
    { kind: 'signed_out', providerTitle: provider?.title, signInUrl: loginUrl(undefined) },
    undefined,
  );
}

/** `GET /.postern/signed-out`: where everybody ends, from the provider or without it. */
export async function showSignedOut(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const session = await parts.findCurrentSession(exchange);
  if (session !== undefined) return confirmSignOut(parts, exchange);
  const state = singleParameter(queryOf(exchange.request), 'state');
  const [provider] = exchange.snapshot.providers.values();
  const isLeftAtProvider = hasJustSignedOut(exchange) && !isSignOutState(exchange, state);
  const providerTitle = isLeftAtProvider ? provider?.title : undefined;
  parts.answers.page(exchange, { kind: 'signed_out', providerTitle, signInUrl: loginUrl(undefined) }, undefined);
}

async function endSessionUrl(
  parts: IdentityParts,
  exchange: Exchange,
  providerId: string,
  idToken: string,
  state: string,
): Promise<string | undefined> {
  const provider = exchange.snapshot.providers.get(providerId);
  // The session here is over already: better left at the provider than at a host that does not answer.
  if (provider === undefined || parts.providers.standingOf(provider).state === 'away') return undefined;
  try {
    const reachable = await parts.providers.reach(provider);
    const url = reachable.endSessionUrl({
      id_token_hint: idToken,
      client_id: provider.clientId,
      post_logout_redirect_uri: exchange.authOrigin + signedOutPath,
      state,
    });
    return url?.href;
  } catch (thrown) {
    const fault = toFault(thrown);
    if (fault.code !== 'idp_unavailable') throw fault;
    // The session here is over already; that the provider is away must not hide it.
    parts.deps.log.warn({ provider: providerId, decision_id: exchange.decisionId }, fault.message);
    return undefined;
  }
}
