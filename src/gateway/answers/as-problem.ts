import type { StepUpNeed } from '../../decision/decision.ts';
import { bearerChallenge, stepUpChallenge } from '../../http/challenge.ts';
import { problemBody } from '../../http/problem.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { appOf, authOrigin, type No, pageToOpen } from './no.ts';

/** A no as RFC 9457 problem details, for scripts and command lines. */
export function asProblem(no: No, parts: GatewayParts) {
  const words = parts.pages.words(no.reason, {
    acceptLanguage: no.opening.arrival.request.headers['accept-language'],
    app: appOf(no),
  });
  return {
    status: no.status,
    headers: { 'Content-Type': 'application/problem+json', 'Content-Language': words.language },
    text: problemBody({
      reason: no.reason,
      status: no.status,
      title: words.title,
      detail: words.detail,
      decisionId: no.opening.decisionId,
      extensions: extensionsOf(no),
    }),
  };
}

/** Every 401 says how to get in (RFC 9110 section 11.6.1); a step-up says it in the words of RFC 9470. */
export function challengeFor(no: No): string {
  if (no.need !== undefined)
    return stepUpChallenge({ acrValues: acrValuesFor(no, no.need), maxAgeMs: no.need.maxAgeMs });
  const hadCredential = no.reason === 'session_expired' || no.reason === 'session_revoked';
  return bearerChallenge(hadCredential ? { error: 'invalid_token', description: no.reason } : undefined);
}

function extensionsOf(no: No): Readonly<Record<string, unknown>> {
  switch (no.reason) {
    case 'login_required':
    case 'session_expired':
    case 'session_revoked':
      return { login_url: pageToOpen(no), retryable_after_login: true };
    case 'step_up_required':
    case 'reauth_required':
      return no.need === undefined
        ? {}
        : {
            step_up_url: pageToOpen(no),
            methods: no.need.methods,
            acr_values: acrValuesFor(no, no.need),
            max_age: no.need.maxAgeMs === undefined ? undefined : Math.floor(no.need.maxAgeMs / 1000),
          };
    case 'device_not_compliant':
    case 'posture_stale':
    case 'device_unknown':
      return {
        device_url: `${authOrigin(no.opening)}/.postern/device`,
        checks: no.checks?.map((check) => ({ id: check.check, result: check.result, help: check.helpUrl })),
      };
    default:
      return {};
  }
}

/** The acr values by which the person's provider proves the methods that are asked for. */
function acrValuesFor(no: No, need: StepUpNeed): readonly string[] {
  const provider = no.session && no.opening.snapshot.providers.get(no.session.person.providerId);
  return provider === undefined ? [] : need.methods.flatMap((method) => provider.factors[method]?.acr ?? []);
}
