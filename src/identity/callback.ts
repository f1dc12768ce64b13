import { toFault } from '../decision/fault.ts';
import type { Session } from '../sessions/session.ts';
import { loginUrl } from './answer.ts';
import type { Attempt } from './attempts.ts';
import { isNavigation } from './client-form.ts';
import { type Exchange, queryOf, singleParameter } from './exchange.ts';
import { finishSignIn, refuseSignIn } from './finish-sign-in.ts';
import { finishStepUp, refuseStepUp } from './finish-step-up.ts';
import { isStrayOverLimit } from './limit-sign-ins.ts';
import type { CodeExchange } from './openid-client.ts';
import type { IdentityParts } from './parts.ts';
import { answerSignInProblem, reasonOf } from './sign-in-problem.ts';

/** `GET /.postern/callback` and `/.postern/callback/:provider`: what the provider answered, checked against the attempt that asked. */
export async function receiveCallback(parts: IdentityParts, exchange: Exchange): Promise<void> {
  if (!isNavigation(exchange.request.method, exchange.request.headers)) {
    return parts.answers.refuse(exchange, { reason: 'request_malformed' });
  }
  const state = singleParameter(queryOf(exchange.request), 'state');
  if (await isStrayOverLimit(parts, exchange, state)) return;
  const claim = state === undefined ? ({ outcome: 'unknown' } as const) : await parts.attempts.claim(exchange, state);
  switch (claim.outcome) {
    case 'claimed':
      return finish(parts, exchange, claim.attempt, claim.meetingKey);
    case 'spent':
      return goOnWithout(parts, exchange, 'lost', claim.returnTargetId);
    case 'not_this_browser':
      return goOnWithout(parts, exchange, claim.hasAttemptCookies ? 'lost' : 'cookies_missing', undefined);
    case 'unknown':
      return goOnWithout(parts, exchange, 'lost', undefined);
  }
}

async function finish(parts: IdentityParts, exchange: Exchange, attempt: Attempt, meetingKey: string): Promise<void> {
  const provider = exchange.snapshot.providers.get(attempt.providerId);
  const redirectUri = exchange.authOrigin + exchange.request.path;
  // Asked before the code is shown to anybody: what comes back where another provider was asked is that one's (RFC 9700 4.4).
  if (provider === undefined || attempt.redirectUri !== redirectUri || attempt.issuer !== provider.issuer) {
    const facts = { provider: attempt.providerId, path: exchange.request.path, decision_id: exchange.decisionId };
    parts.deps.log.warn(facts, 'A sign-in came back where another provider, or another address, was asked.');
    return goOnWithout(parts, exchange, 'lost', attempt.returnTargetId);
  }
  const result = await exchangeCode(parts, exchange, attempt, redirectUri, provider);
  if (result.outcome === 'failed') {
    const facts = { provider: provider.id, error: result.errorCode, decision_id: exchange.decisionId };
    parts.deps.log.warn(facts, 'The provider answered a sign-in with an error, or its answer failed a check.');
  }
  const { purpose } = attempt;
  if (purpose.kind === 'sign_in') {
    return result.outcome === 'failed'
      ? refuseSignIn(parts, exchange, attempt, result)
      : finishSignIn(parts, exchange, { attempt, purpose, meetingKey }, provider, result.token);
  }
  return result.outcome === 'failed'
    ? refuseStepUp(parts, exchange, attempt, purpose, result)
    : finishStepUp(parts, exchange, attempt, purpose, provider, result.token);
}

async function exchangeCode(
  parts: IdentityParts,
  exchange: Exchange,
  attempt: Attempt,
  redirectUri: string,
  provider: Parameters<IdentityParts['providers']['reach']>[0],
): Promise<CodeExchange> {
  // From the configured redirect URI, never from the Host header; the query as it came, repeated parameters and all.
  const callbackUrl = new URL(redirectUri);
  callbackUrl.search = queryOf(exchange.request).toString();
  try {
    const reachable = await parts.providers.reach(provider);
    return await reachable.exchangeCode(callbackUrl, attempt);
  } catch (thrown) {
    const fault = toFault(thrown);
    if (fault.code !== 'idp_unavailable') throw fault;
    return { outcome: 'failed', problem: 'unavailable', errorCode: 'discovery_failed' };
  }
}

/** Without an attempt: who has a live session just goes on; who has none is told, and nothing goes on by itself. */
async function goOnWithout(
  parts: IdentityParts,
  exchange: Exchange,
  problem: 'lost' | 'cookies_missing',
  returnTargetId: string | undefined,
): Promise<void> {
  const destination = await parts.handOver.find(exchange, returnTargetId);
  const session: Session | undefined = await parts.findCurrentSession(exchange);
  if (session !== undefined) return parts.handOver.withoutTicket(exchange, session, destination);
  parts.deps.metrics.signIn('_unknown', 'state_lost');
  parts.recorder.note(exchange, { type: 'sign_in', result: 'failure', reason: reasonOf(problem) });
  answerSignInProblem(parts, exchange, problem, loginUrl(returnTargetId), destination);
}
