import type { StepUpNeed } from '../../decision/decision.ts';
import { challengeToSignIn, challengeToStepUp } from '../../http/challenge.ts';
import type { ProblemExtensions } from '../../http/problem.ts';
import { type AnswerBody, appOf, buildProblemAnswer } from '../../pages/build-answer.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { authOrigin, type No, pageToOpen } from './no.ts';

/** A no as RFC 9457 problem details, for scripts and command lines. */
export function asProblem(no: No, parts: GatewayParts): AnswerBody {
  const acceptLanguage = no.opening.arrival.request.headers['accept-language'];
  const said = { reason: no.reason, status: no.status, app: appOf(no.route), lock: no.lock };
  const { decisionId } = no.opening;
  return buildProblemAnswer(said, extensionsOf(no), { acceptLanguage, decisionId }, parts.pages);
}

/** Every 401 says how to get in (RFC 9110 section 15.5.2); a step-up says it in the words of RFC 9470. */
export function challengeFor(no: No): string {
  if (no.need !== undefined) {
    return challengeToStepUp({
      description: `A fresh proof is needed: ${no.need.methods.join(' or ')}.`,
      acrValues: acrValuesFor(no, no.need),
      maxAgeSeconds: no.need.maxAgeMs === undefined ? undefined : no.need.maxAgeMs / 1000,
    });
  }
  const hadCredential =
    no.reason === 'session_expired' || no.reason === 'session_revoked' || no.reason === 'service_unknown';
  return challengeToSignIn(hadCredential ? { error: 'invalid_token', description: no.reason } : {});
}

function extensionsOf(no: No): ProblemExtensions {
  switch (no.reason) {
    case 'login_required':
    case 'session_expired':
    case 'session_revoked':
      return { loginUrl: pageToOpen(no), isRetryableAfterLogin: true };
    case 'step_up_required':
    case 'reauth_required':
      return no.need === undefined ? {} : stepUpExtensions(no, no.need);
    case 'device_not_compliant':
    case 'posture_stale':
    case 'device_unknown':
      return { deviceUrl: `${authOrigin(no.opening)}/.postern/device`, checks: no.checks };
    case 'outside_hours':
      return no.nextOpening === undefined ? {} : { retryAfterSeconds: secondsUntil(no.nextOpening.atMs, no) };
    case 'account_locked':
      return no.lock?.untilMs === undefined ? {} : { retryAfterSeconds: secondsUntil(no.lock.untilMs, no) };
    default:
      return {};
  }
}

function secondsUntil(atMs: number, no: No): number {
  return Math.max(0, Math.ceil((atMs - no.opening.nowMs) / 1000));
}

function stepUpExtensions(no: No, need: StepUpNeed): ProblemExtensions {
  return {
    stepUpUrl: pageToOpen(no),
    methods: need.methods,
    acrValues: acrValuesFor(no, need),
    maxAgeSeconds: need.maxAgeMs === undefined ? undefined : Math.floor(need.maxAgeMs / 1000),
  };
}

/** The acr values by which the person's provider proves the methods that are asked for. */
function acrValuesFor(no: No, need: StepUpNeed): readonly string[] {
  const provider = no.session && no.opening.snapshot.providers.get(no.session.person.providerId);
  return provider === undefined ? [] : need.methods.flatMap((method) => provider.factors[method]?.acr ?? []);
}
