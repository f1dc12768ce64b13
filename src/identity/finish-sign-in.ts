import type { IdentityProvider } from '../config/snapshot.ts';
import type { LockNotice } from '../decision/decision.ts';
import type { NewSession, Session } from '../sessions/session.ts';
import type { IssuedSingleSignOn } from '../sessions/single-sign-on-store.ts';
import { isSamePerson } from '../state/person-key.ts';
import { loginUrl } from './answer.ts';
import type { Attempt, AttemptPurpose } from './attempts.ts';
import { readPerson } from './claims.ts';
import type { ClassifiedProblem } from './classify-provider-error.ts';
import type { Exchange } from './exchange.ts';
import { proofTimes, readAuthentication, trustedTime } from './factors.ts';
import { answerLocked, findLock } from './find-lock.ts';
import { keepClaims } from './keep-claims.ts';
import type { VerifiedToken } from './openid-client.ts';
import type { IdentityParts } from './parts.ts';
import { answerProviderAway } from './provider-away.ts';
import { askToSignIn } from './sign-in.ts';
import { answerSignInProblem, problemPages, reasonOf } from './sign-in-problem.ts';
import { answeredAtMs } from './step-up-wish.ts';

/** Names of claims are the provider's text. */
const mostNamesLogged = 20;

/** The attempt that a token answers. */
export interface AnsweredAttempt {
  readonly attempt: Attempt;
  readonly purpose: Extract<AttemptPurpose, { kind: 'sign_in' }>;
  readonly meetingKey: string;
}

/** Starts the session that a verified token stands for, renews the browser's single sign-on id, and hands over. */
export async function finishSignIn(
  parts: IdentityParts,
  exchange: Exchange,
  answered: AnsweredAttempt,
  provider: IdentityProvider,
  token: VerifiedToken,
): Promise<void> {
  const { deps, recorder } = parts;
  const { attempt } = answered;
  const nowMs = deps.now();
  const signedIn = newSessionOf(exchange, provider, token, nowMs);
  const { leftOut } = keepClaims(token.claims);
  if (leftOut.length > 0) {
    const facts = {
      provider: provider.id,
      decision_id: exchange.decisionId,
      claims: leftOut.slice(0, mostNamesLogged),
    };
    deps.log.warn(
      facts,
      'Claims that are too large or too deep were left out of a session; to rules they are unknown.',
    );
  }
  const lock = await findLock(parts, { person: signedIn.person });
  if (lock !== undefined) return refuseLocked(parts, exchange, provider, signedIn, lock);
  const current = await parts.findCurrentSession(exchange);
  const isAgain = current !== undefined && isSameSignIn(current, signedIn);
  const begun = isAgain
    ? await signInAgain(parts, current, signedIn)
    : await startSession(parts, answered, provider, signedIn, token, nowMs);
  if (begun === 'revoked_since') return answerRevoked(parts, exchange, answered, provider, signedIn);
  const { session, issued } = begun;
  const adopt = (): void => {
    if (issued !== undefined) parts.singleSignOn.adopt(exchange.request, issued);
  };
  // The cookie that the browser has is over by now, whatever the rest comes to.
  if (isAgain) adopt();
  try {
    await parts.grants.keep(session, provider, token);
    await recorder.record(exchange, {
      type: 'sign_in',
      result: 'success',
      session,
      detail: { provider: provider.id, methods: Object.keys(signedIn.provedAtMs), device: exchange.device?.deviceId },
    });
  } catch (thrown) {
    // Nobody has its cookie: a session that could not be recorded must not stay behind.
    if (!isAgain && issued !== undefined) await deps.sessions.end(session.id, 'logout');
    throw thrown;
  }
  if (!isAgain) adopt();
  if (!isAgain && current !== undefined) await endReplaced(parts, exchange, current);
  deps.metrics.signIn(provider.id, 'success');
  deps.metrics.signInDuration(provider.id, nowMs - attempt.askedAtMs);
  await parts.handOver.withTicket(exchange, session, await parts.handOver.find(exchange, attempt.returnTargetId));
}

/** Whoever is locked gets no session; nobody else hears of the lock, since the provider has vouched for who it is. */
async function refuseLocked(
  parts: IdentityParts,
  exchange: Exchange,
  provider: IdentityProvider,
  { person }: NewSession,
  lock: LockNotice,
): Promise<void> {
  parts.deps.metrics.signIn(provider.id, 'denied');
  await parts.recorder.record(exchange, {
    type: 'sign_in',
    result: 'failure',
    reason: 'account_locked',
    person,
    detail: { provider: provider.id },
  });
  answerLocked(parts, exchange, lock, undefined);
}

function newSessionOf(exchange: Exchange, provider: IdentityProvider, token: VerifiedToken, nowMs: number): NewSession {
  const authentication = readAuthentication(token.idTokenClaims);
  return {
    person: readPerson(provider, token.claims, nowMs),
    provedAtMs: proofTimes(provider.factors, authentication, nowMs),
    acr: authentication.acr,
    amr: authentication.amr,
    deviceFingerprint: exchange.device?.fingerprint,
    signedInFrom: { address: exchange.address, userAgent: exchange.userAgent },
    idToken: token.idToken,
  };
}

/** A session to go on with. `issued`: the record whose cookie this answer brings; without one, another answer brings it. */
interface BegunSession {
  readonly session: Session;
  readonly issued: IssuedSingleSignOn | undefined;
}

/**
 * A new session, or the one that another tab of this browser has started in the same moment: that tab's answer brings the
 * one cookie of the session, and this tab goes on with what that sign-in proved.
 */
async function startSession(
  parts: IdentityParts,
  { attempt, purpose, meetingKey }: AnsweredAttempt,
  provider: IdentityProvider,
  signedIn: NewSession,
  token: VerifiedToken,
  nowMs: number,
): Promise<BegunSession | 'revoked_since'> {
  const { sessions } = parts.deps;
  const { authenticatedAtMs } = readAuthentication(token.idTokenClaims);
  let issued: IssuedSingleSignOn | undefined;
  const result = await sessions.start(
    signedIn,
    signInTime(attempt, purpose, provider, authenticatedAtMs, nowMs),
    (id) => {
      issued = parts.singleSignOn.issue(id);
      return issued.record;
    },
  );
  if (result.outcome === 'revoked_since') return 'revoked_since';
  const own = { session: result.session, issued };
  const firstId = await parts.attempts.meet(meetingKey, result.session.id, nowMs);
  if (firstId === result.session.id) return own;
  const first = await sessions.find(firstId);
  if (first === undefined || !isSameSignIn(first, signedIn)) return own;
  await sessions.end(result.session.id, 'logout');
  return { session: first, issued: undefined };
}

/** The same person in the same browser: the session goes on, with a new cookie; or as it was, when another tab was faster. */
async function signInAgain(parts: IdentityParts, current: Session, signedIn: NewSession): Promise<BegunSession> {
  const issued = parts.singleSignOn.issue(current.id);
  const rotation = { from: current.singleSignOnKey, to: issued.record };
  const raised = await parts.deps.sessions.raise(current.id, signedIn, rotation);
  return raised === undefined ? { session: current, issued: undefined } : { session: raised, issued };
}

/** Somebody ended this person's sessions: the provider is asked once to sign them in anew, then it is a no. */
async function answerRevoked(
  parts: IdentityParts,
  exchange: Exchange,
  { attempt, purpose }: AnsweredAttempt,
  provider: IdentityProvider,
  signedIn: NewSession,
): Promise<void> {
  if (!purpose.isRepeated) return askToSignIn(parts, exchange, provider, attempt.returnTargetId, true);
  parts.deps.metrics.signIn(provider.id, 'denied');
  await parts.recorder.record(exchange, {
    type: 'sign_in',
    result: 'failure',
    reason: 'session_revoked',
    person: signedIn.person,
    detail: { provider: provider.id, why: 'not_authenticated_since_revocation' },
  });
  const destination = await parts.handOver.find(exchange, attempt.returnTargetId);
  answerSignInProblem(parts, exchange, 'refused', loginUrl(attempt.returnTargetId), destination);
}

/**
 * When the person signed in, as precisely as is known: the answer to a repeated question is not older than it. Without an
 * auth_time it is known only of a provider that was seen to ask the person again, and asked it was (security-rules.md 36, 47).
 */
function signInTime(
  attempt: Attempt,
  purpose: AnsweredAttempt['purpose'],
  { reauth }: IdentityProvider,
  authenticatedAtMs: number | undefined,
  nowMs: number,
): number | undefined {
  if (!purpose.isRepeated) return trustedTime(authenticatedAtMs, nowMs);
  if (authenticatedAtMs === undefined) return reauth?.isObeyed === true ? attempt.askedAtMs : undefined;
  const atMs = trustedTime(authenticatedAtMs, nowMs);
  return atMs === undefined ? undefined : Math.min(answeredAtMs(atMs, attempt.askedAtMs), nowMs);
}

/** Says why a sign-in came to nothing. */
export async function refuseSignIn(
  parts: IdentityParts,
  exchange: Exchange,
  attempt: Attempt,
  { problem, errorCode }: ClassifiedProblem,
): Promise<void> {
  const page = problem === 'unavailable' ? undefined : problemPages[problem];
  const isOurs = problem === 'unavailable' || problem === 'code_not_accepted';
  parts.deps.metrics.signIn(attempt.providerId, problem === 'cancelled' ? 'cancelled' : isOurs ? 'error' : 'denied');
  await parts.recorder.record(exchange, {
    type: 'sign_in',
    result: 'failure',
    reason: page === undefined ? 'idp_unavailable' : reasonOf(page),
    detail: { provider: attempt.providerId, error: errorCode },
  });
  const { returnTargetId } = attempt;
  const destination = await parts.handOver.find(exchange, returnTargetId);
  if (page === undefined) {
    const provider = exchange.snapshot.providers.get(attempt.providerId);
    return answerProviderAway(parts, exchange, provider, { kind: 'sign_in', returnTargetId }, destination);
  }
  answerSignInProblem(parts, exchange, page, loginUrl(returnTargetId), destination);
}

/**
 * Two tabs that sign in at once end in one session: the second adds its proofs and the newer claims replace the older, so
 * that what the first opened stays open. Another person or another device make another session, and nothing of the
 * first stays. Claims are not compared: some are of the token and differ each time (`uti`, `aio`).
 */
function isSameSignIn(current: Session, signedIn: NewSession): boolean {
  if (current.deviceFingerprint !== signedIn.deviceFingerprint) return false;
  return current.person.providerId === signedIn.person.providerId && isSamePerson(current.person, signedIn.person);
}

async function endReplaced(parts: IdentityParts, exchange: Exchange, replaced: Session): Promise<void> {
  await parts.deps.sessions.end(replaced.id, 'logout');
  await parts.recorder.record(exchange, {
    type: 'session_ended',
    result: 'success',
    session: replaced,
    detail: { cause: 'replaced_by_sign_in' },
  });
}
