import type { StepUpNeed } from '../../decision/decision.ts';
import { challengeForPassword, challengeToSignIn, challengeToStepUp } from '../../http/challenge.ts';
import { type AnswerBody, appOf, buildProblemAnswer } from '../../pages/build-answer.ts';
import type { ProblemExtensions } from '../../pages/problem.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { authOrigin, type Denial, pageToOpen } from './denial.ts';

/** A no as RFC 9457 problem details, for scripts and command lines. */
export function asProblem(denial: Denial, parts: GatewayParts): AnswerBody {
  const acceptLanguage = denial.opening.arrival.request.headers['accept-language'];
  const said = { reason: denial.reason, status: denial.status, app: appOf(denial.route), lock: denial.lock };
  const { decisionId } = denial.opening;
  return buildProblemAnswer(said, extensionsOf(denial), { acceptLanguage, decisionId }, parts.pages);
}

/** Every 401 says how to get in (RFC 9110 section 15.5.2); a step-up says it in the words of RFC 9470. */
export function challengeFor(denial: Denial): string {
  if (denial.need !== undefined) {
    return challengeToStepUp({
      description: `A fresh proof is needed: ${denial.need.methods.join(' or ')}.`,
      acrValues: acrValuesFor(denial, denial.need),
      maxAgeSeconds: denial.need.maxAgeMs === undefined ? undefined : denial.need.maxAgeMs / 1000,
    });
  }
  if (asksForPassword(denial)) return challengeForPassword;
  const hadCredential =
    denial.reason === 'session_expired' || denial.reason === 'session_revoked' || denial.reason === 'service_unknown';
  return challengeToSignIn(hadCredential ? { error: 'invalid_token', description: denial.reason } : {});
}

/**
 * Only where a service may come in, and only of a program: a browser would show its own prompt, and send what it was told
 * with every request from then on. Then alone, since docker takes any Bearer for a place to fetch a token from.
 */
function asksForPassword({ client, route, opening }: Denial): boolean {
  if (client !== 'api' || route?.policy.grants.some(({ services }) => services !== undefined) !== true) return false;
  const { headers } = opening.arrival.request;
  const isBrowser =
    headers['sec-fetch-mode'] !== undefined ||
    headers.origin !== undefined ||
    headers.cookie !== undefined ||
    headers['x-requested-with'] !== undefined ||
    headers['user-agent']?.startsWith('Mozilla/') === true;
  const showsOther =
    headers['x-postern-token'] !== undefined || (headers.authorization?.toLowerCase().startsWith('bearer') ?? false);
  return !isBrowser && !showsOther;
}

function extensionsOf(denial: Denial): ProblemExtensions {
  switch (denial.reason) {
    case 'login_required':
    case 'session_expired':
    case 'session_revoked':
      return { loginUrl: pageToOpen(denial), isRetryableAfterLogin: true };
    case 'step_up_required':
    case 'reauth_required':
      return denial.need === undefined ? {} : stepUpExtensions(denial, denial.need);
    case 'device_not_compliant':
    case 'posture_stale':
    case 'device_unknown':
      return { deviceUrl: `${authOrigin(denial.opening)}/.postern/device`, checks: denial.checks };
    case 'outside_hours':
      return denial.nextOpening === undefined
        ? {}
        : { retryAfterSeconds: secondsUntil(denial.nextOpening.atMs, denial) };
    case 'account_locked':
      return denial.lock?.untilMs === undefined ? {} : { retryAfterSeconds: secondsUntil(denial.lock.untilMs, denial) };
    default:
      return {};
  }
}

function secondsUntil(atMs: number, denial: Denial): number {
  return Math.max(0, Math.ceil((atMs - denial.opening.nowMs) / 1000));
}

function stepUpExtensions(denial: Denial, need: StepUpNeed): ProblemExtensions {
  return {
    stepUpUrl: pageToOpen(denial),
    methods: need.methods,
    acrValues: acrValuesFor(denial, need),
    maxAgeSeconds: need.maxAgeMs === undefined ? undefined : Math.floor(need.maxAgeMs / 1000),
  };
}

/** The acr values by which the person's provider proves the methods that are asked for. */
function acrValuesFor(denial: Denial, need: StepUpNeed): readonly string[] {
  const provider = denial.session && denial.opening.snapshot.providers.get(denial.session.person.providerId);
  return provider === undefined ? [] : need.methods.flatMap((method) => provider.factors[method]?.acr ?? []);
}
