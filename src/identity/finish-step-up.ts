import type { IdentityProvider } from '../config/snapshot.ts';
import { appOf } from '../pages/build-answer.ts';
import { isStepUpSatisfied } from '../policy/step-up-satisfied.ts';
import type { ProofTimes, Session } from '../sessions/session.ts';
import { isSamePerson } from '../state/person-key.ts';
import { loginUrl, stepUpPath } from './answer.ts';
import type { Attempt, AttemptPurpose } from './attempts.ts';
import { readPerson } from './claims.ts';
import type { ClassifiedProblem } from './classify-provider-error.ts';
import type { Exchange } from './exchange.ts';
import { provedMethods, readAuthentication, trustedTime } from './factors.ts';
import type { VerifiedToken } from './openid-client.ts';
import type { IdentityParts } from './parts.ts';
import { answerProviderAway } from './provider-away.ts';
import { answerSignInProblem } from './sign-in-problem.ts';
import { answeredAtMs } from './step-up-wish.ts';

type StepUpPurpose = Extract<AttemptPurpose, { kind: 'step_up' }>;

/**
 * Takes a step-up's token. Providers ignore what they are asked for, so the token alone is judged: the same person, and
 * proofs that meet the need. Anything less is a 403 that says so, never another redirect.
 */
export async function finishStepUp(
  parts: IdentityParts,
  exchange: Exchange,
  attempt: Attempt,
  purpose: StepUpPurpose,
  provider: IdentityProvider,
  token: VerifiedToken,
): Promise<void> {
  const { deps, handOver } = parts;
  const destination = await handOver.find(exchange, attempt.returnTargetId);
  const session = await parts.findCurrentSession(exchange);
  if (session === undefined)
    return parts.answers.redirect(exchange, exchange.authOrigin + loginUrl(attempt.returnTargetId));
  if (session.id !== purpose.sessionId) return handOver.withoutTicket(exchange, session, destination);

  const nowMs = deps.now();
  const person = readPerson(provider, token.claims, nowMs);
  if (!isSamePerson(person, session.person)) {
    // Another person's proof raises nobody. To become that person is to sign out first, on purpose.
    return notMet(parts, exchange, attempt, session, { why: 'another_subject' });
  }
  // Whatever becomes of the step-up: the refresh token that was kept may be worth nothing since this one was given.
  await parts.grants.keep(session, provider, token);
  const authentication = readAuthentication(token.idTokenClaims);
  const proved = newProofs(attempt, purpose, provider, authentication, nowMs);
  if (!isStepUpSatisfied(purpose.need, proved, nowMs)) {
    const detail = { why: 'need_not_met', acr: authentication.acr, amr: authentication.amr };
    return notMet(parts, exchange, attempt, session, detail);
  }
  const issued = parts.singleSignOn.issue(session.id);
  const proof = {
    provedAtMs: proved,
    acr: authentication.acr,
    amr: authentication.amr,
    idToken: token.idToken,
    person,
  };
  const rotation = { from: session.singleSignOnKey, to: issued.record };
  const raised = await deps.sessions.raise(session.id, proof, rotation);
  if (raised === undefined) return goOnAfterOther(parts, exchange, attempt, purpose, session);
  parts.singleSignOn.adopt(exchange.request, issued);
  await parts.recorder.record(exchange, {
    type: 'step_up',
    result: 'success',
    session: raised,
    detail: { provider: provider.id, methods: Object.keys(proved), route: destination?.route.name },
  });
  deps.metrics.stepUp('idp', 'success');
  if (destination === undefined && purpose.onward !== undefined) {
    return parts.answers.redirect(exchange, exchange.authOrigin + purpose.onward);
  }
  await handOver.withTicket(exchange, raised, destination);
}

/**
 * Another tab's step-up was a moment faster, and its answer brings the cookie that counts. This one's would be worth
 * nothing, so the browser is sent to ask again with whatever cookie it has by then.
 */
async function goOnAfterOther(
  parts: IdentityParts,
  exchange: Exchange,
  attempt: Attempt,
  { onward = '/' }: StepUpPurpose,
  session: Session,
): Promise<void> {
  await parts.recorder.record(exchange, {
    type: 'step_up',
    result: 'failure',
    reason: 'step_up_not_met',
    session,
    detail: { provider: attempt.providerId, why: 'another_tab_was_first' },
  });
  const { returnTargetId } = attempt;
  const path = returnTargetId === undefined ? onward : stepUpPath(returnTargetId);
  parts.answers.redirect(exchange, exchange.authOrigin + path);
}

/**
 * Only the methods that were asked for count: a provider lists in `amr` also what an earlier sign-in had proved, and a
 * step-up must not make that look new (security-rules.md 4).
 */
function newProofs(
  attempt: Attempt,
  purpose: StepUpPurpose,
  provider: IdentityProvider,
  authentication: ReturnType<typeof readAuthentication>,
  nowMs: number,
): ProofTimes {
  const authenticatedAtMs = trustedTime(authentication.authenticatedAtMs, nowMs);
  if (authenticatedAtMs === undefined) return {};
  const atMs = Math.min(answeredAtMs(authenticatedAtMs, attempt.askedAtMs), nowMs);
  const methods = provedMethods(provider.factors, authentication).filter((method) =>
    purpose.need.methods.includes(method),
  );
  return Object.fromEntries(methods.map((method) => [method, atMs]));
}

/** Says why a step-up came to nothing. The session stays as it was, and the page says whose it is. */
export async function refuseStepUp(
  parts: IdentityParts,
  exchange: Exchange,
  attempt: Attempt,
  { onward = '/' }: StepUpPurpose,
  { problem, errorCode }: ClassifiedProblem,
): Promise<void> {
  const session = await parts.findCurrentSession(exchange);
  if (problem === 'proof_not_given' || problem === 'refused') {
    return notMet(parts, exchange, attempt, session, { why: 'provider_refused', error: errorCode });
  }
  parts.deps.metrics.stepUp('idp', problem === 'cancelled' ? 'cancelled' : 'failed');
  const cancelled = session === undefined ? 'cancelled' : 'step_up_cancelled';
  await parts.recorder.record(exchange, {
    type: 'step_up',
    result: 'failure',
    reason: problem === 'unavailable' ? 'idp_unavailable' : 'step_up_not_met',
    session,
    detail: { provider: attempt.providerId, error: errorCode },
  });
  const { returnTargetId, providerId } = attempt;
  const destination = await parts.handOver.find(exchange, returnTargetId);
  if (problem === 'unavailable') {
    const retryPath = returnTargetId === undefined ? onward : stepUpPath(returnTargetId);
    const purpose = { kind: 'proof', session, retryPath } as const;
    return answerProviderAway(parts, exchange, exchange.snapshot.providers.get(providerId), purpose, destination);
  }
  const page = problem === 'cancelled' ? cancelled : 'lost';
  const continueUrl = destination === undefined ? onward : destination.target.origin + destination.target.path;
  answerSignInProblem(parts, exchange, page, continueUrl, destination, session);
}

/** The 403 of a step-up that did not bring what was needed. */
export async function notMet(
  parts: IdentityParts,
  exchange: Exchange,
  attempt: Pick<Attempt, 'providerId' | 'returnTargetId'>,
  session: Session | undefined,
  detail: Readonly<Record<string, string | readonly string[] | undefined>>,
): Promise<void> {
  parts.deps.metrics.stepUp('idp', 'failed');
  if (session !== undefined) parts.deps.onFailedStepUp?.(session);
  await parts.recorder.record(exchange, {
    type: 'step_up',
    result: 'failure',
    reason: 'step_up_not_met',
    session,
    detail: { provider: attempt.providerId, ...detail },
  });
  const destination = await parts.handOver.find(exchange, attempt.returnTargetId);
  parts.answers.refuse(exchange, {
    reason: 'step_up_not_met',
    session,
    app: appOf(destination?.route),
    retryUrl: destination === undefined ? undefined : destination.target.origin + destination.target.path,
    switchAccountUrl: '/.postern/sign-out',
  });
}
