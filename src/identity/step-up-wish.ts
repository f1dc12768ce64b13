import type { IdentityProvider } from '../config/snapshot.ts';
import type { AuthenticationMethod, StepUpNeed } from '../decision/decision.ts';
import type { ProofTimes } from '../sessions/session.ts';
import { signInAnew } from './ask-provider.ts';

/** The methods of a need that this provider's tokens can prove at all; empty: asking it would be in vain. */
export function attainableMethods(
  need: StepUpNeed,
  factors: IdentityProvider['factors'],
): readonly AuthenticationMethod[] {
  return need.methods.filter((method) => {
    const evidence = factors[method];
    return evidence !== undefined && (evidence.acr.length > 0 || evidence.amr.some((set) => set.length > 0));
  });
}

/**
 * The parameters of an authorization request that ask for a need (OpenID Connect Core 3.1.2.1, 5.5.1.1).
 * An essential `acr` where the provider supports the claims parameter, else `acr_values`, never both: that is unspecified.
 * Where no acr value is known for the methods, only a new sign-in can bring them about.
 */
export function wishParameters(
  need: StepUpNeed,
  provider: Pick<IdentityProvider, 'factors' | 'reauth'>,
  provedAtMs: ProofTimes,
  supportsClaimsParameter: boolean,
): Readonly<Record<string, string>> {
  const { factors } = provider;
  const acrValues = attainableMethods(need, factors).flatMap((method) => factors[method]?.acr ?? []);
  const wasProvedBefore = need.methods.some((method) => provedAtMs[method] !== undefined);
  const mustBeFresh = wasProvedBefore || need.notBeforeMs !== undefined || acrValues.length === 0;
  // A request with max_age obliges the provider to send auth_time, without which nothing is proved.
  const maxAge = String(Math.max(1, Math.floor((need.maxAgeMs ?? defaultMaxAgeMs) / 1000)));
  const parameters: Record<string, string> = mustBeFresh ? { ...signInAnew(provider) } : { max_age: maxAge };
  if (acrValues.length === 0) return parameters;
  if (supportsClaimsParameter) {
    parameters['claims'] = JSON.stringify({
      id_token: { acr: { essential: true, values: acrValues }, auth_time: { essential: true } },
    });
  } else {
    parameters['acr_values'] = acrValues.join(' ');
  }
  return parameters;
}

const defaultMaxAgeMs = 12 * 3_600_000;

/**
 * When a proof was made that came back from a step-up. `auth_time` has whole seconds: one in the very second of the
 * question, or later, was made in answer to it, so it is not older than the question.
 */
export function answeredAtMs(authenticatedAtMs: number, askedAtMs: number): number {
  const isAnswer = authenticatedAtMs >= Math.floor(askedAtMs / 1000) * 1000;
  return isAnswer ? Math.max(authenticatedAtMs, askedAtMs) : authenticatedAtMs;
}
