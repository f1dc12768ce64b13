import type { IdentityProvider } from '../config/snapshot.ts';
import { Fault, toFault } from '../decision/fault.ts';
import { appOf } from '../pages/build-answer.ts';
import { loginUrl } from './answer.ts';
import { signInAnew, signInParameters } from './ask-provider.ts';
import { isNavigation } from './client-form.ts';
import { type Exchange, queryOf, singleParameter } from './exchange.ts';
import { isOverLimit } from './limit-sign-ins.ts';
import type { IdentityParts } from './parts.ts';
import { answerProviderAway, isAway, secondsUntilLook } from './provider-away.ts';
import { forgetSignedOut, hasJustSignedOut } from './signed-out-marker.ts';

/** `GET /.postern/login`: on with the live session, or to the one provider, or to the choice. */
export async function chooseProvider(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const { answers, handOver } = parts;
  const returnTargetId = singleParameter(queryOf(exchange.request), 'rt');
  const providers = [...exchange.snapshot.providers.values()];
  if (!isNavigation(exchange.request.method, exchange.request.headers)) {
    return refuseWithoutPage(parts, exchange, providers, exchange.authOrigin + loginUrl(returnTargetId));
  }
  const destination = await handOver.find(exchange, returnTargetId);
  const session = await parts.findCurrentSession(exchange);
  if (session !== undefined) return handOver.withTicket(exchange, session, destination);

  const [only] = providers;
  if (only === undefined) throw new Fault('idp_unavailable', 'No identity provider is configured.');
  if (providers.length === 1 && !hasJustSignedOut(exchange)) {
    return askToSignIn(parts, exchange, only, returnTargetId, false);
  }
  const choices = providers
    .map((provider) => ({ ...choiceOf(provider, returnTargetId), isAway: isAway(parts, provider) }))
    .sort((one, other) => Number(one.isAway) - Number(other.isAway));
  const page = { kind: 'sign_in_choice', app: appOf(destination?.route), providers: choices } as const;
  if (choices.some((choice) => !choice.isAway)) return answers.page(exchange, page, undefined);
  const retryAfterSeconds = secondsUntilLook(parts, exchange, ...providers.map(({ id }) => id));
  answers.refuse(exchange, { reason: 'idp_unavailable', page, retryAfterSeconds });
}

function choiceOf({ id, title }: IdentityProvider, returnTargetId: string | undefined) {
  return { title, url: loginUrl(returnTargetId, id) };
}

/** For whoever shows no page: where a person can sign in, or that nobody can now. */
function refuseWithoutPage(
  parts: IdentityParts,
  exchange: Exchange,
  providers: readonly IdentityProvider[],
  signInUrl: string,
): void {
  const canSignIn = providers.some((provider) => !isAway(parts, provider));
  if (canSignIn) {
    parts.answers.refuse(exchange, { reason: 'login_required', signInUrl });
    return;
  }
  const retryAfterSeconds = secondsUntilLook(parts, exchange, ...providers.map(({ id }) => id));
  parts.answers.refuse(exchange, { reason: 'idp_unavailable', signInUrl, retryAfterSeconds });
}

/** `GET /.postern/login/:provider`: to that provider. An unknown one is answered by the caller. */
export async function goToProvider(
  parts: IdentityParts,
  exchange: Exchange,
  provider: IdentityProvider,
): Promise<void> {
  const returnTargetId = singleParameter(queryOf(exchange.request), 'rt');
  if (!isNavigation(exchange.request.method, exchange.request.headers)) {
    const signInUrl = exchange.authOrigin + loginUrl(returnTargetId, provider.id);
    return refuseWithoutPage(parts, exchange, [provider], signInUrl);
  }
  const session = await parts.findCurrentSession(exchange);
  if (session !== undefined) {
    return parts.handOver.withTicket(exchange, session, await parts.handOver.find(exchange, returnTargetId));
  }
  forgetSignedOut(exchange);
  await askToSignIn(parts, exchange, provider, returnTargetId, false);
}

/** Begins an attempt to sign in. `isRepeated`: because of a revocation, with a new authentication (security-rules.md 1). */
export async function askToSignIn(
  parts: IdentityParts,
  exchange: Exchange,
  provider: IdentityProvider,
  returnTargetId: string | undefined,
  isRepeated: boolean,
): Promise<void> {
  if (await isOverLimit(parts, exchange, undefined)) return;
  const { metrics } = parts.deps;
  try {
    await parts.askProvider(exchange, {
      provider,
      purpose: { kind: 'sign_in', isRepeated },
      returnTargetId,
      parameters: (reachable) => (isRepeated ? signInAnew(provider) : signInParameters(reachable)),
    });
    metrics.signIn(provider.id, 'started');
  } catch (thrown) {
    const fault = toFault(thrown);
    if (fault.code !== 'idp_unavailable') throw fault;
    metrics.signIn(provider.id, 'error');
    parts.deps.log.warn({ provider: provider.id, decision_id: exchange.decisionId }, fault.message);
    const destination = await parts.handOver.find(exchange, returnTargetId);
    answerProviderAway(parts, exchange, provider, { kind: 'sign_in', returnTargetId }, destination);
  }
}
