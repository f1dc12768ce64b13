import type { FactorEvidence, IdentityProvider } from '../config/snapshot.ts';
import { type AuthenticationMethod, authenticationMethods } from '../decision/decision.ts';
import type { ProofTimes } from '../sessions/session.ts';

/** How far a provider's clock may run ahead of ours before its `auth_time` counts as being in the future, in ms. */
export const clockSkewMs = 30_000;

/** What an ID Token says about how and when its subject signed in. */
export interface Authentication {
  readonly acr: string | undefined;
  readonly amr: readonly string[];
  /** `auth_time` in ms; `undefined` when the provider did not say. */
  readonly authenticatedAtMs: number | undefined;
}

/**
 * Reads acr, amr and auth_time out of claims. A claim of the wrong type counts as absent: it proves nothing.
 * `acr: "0"` means no confidence at all (OpenID Connect Core 2) and is read as absent.
 */
export function readAuthentication(claims: Readonly<Record<string, unknown>>): Authentication {
  const { acr, amr, auth_time: authTime } = claims;
  return {
    acr: typeof acr === 'string' && acr !== '0' ? acr : undefined,
    amr: Array.isArray(amr) ? amr.filter((value): value is string => typeof value === 'string') : [],
    authenticatedAtMs: typeof authTime === 'number' && Number.isFinite(authTime) ? authTime * 1000 : undefined,
  };
}

/** The methods that this acr and amr prove, by the provider's `factors`: one acr value, or all of one set of amr values. */
export function provedMethods(
  factors: IdentityProvider['factors'],
  authentication: Pick<Authentication, 'acr' | 'amr'>,
): readonly AuthenticationMethod[] {
  return authenticationMethods.filter((method) => {
    const evidence = factors[method];
    return evidence !== undefined && isProvedBy(evidence, authentication);
  });
}

function isProvedBy(evidence: FactorEvidence, { acr, amr }: Pick<Authentication, 'acr' | 'amr'>): boolean {
  if (acr !== undefined && evidence.acr.includes(acr)) return true;
  // An empty set would be met by everybody: it proves nothing.
  return evidence.amr.some((set) => set.length > 0 && set.every((value) => amr.includes(value)));
}

/**
 * When each method was proved (security-rules.md 4). The time is `auth_time`; one in the future counts as none, apart from
 * the skew of clocks, within which it counts as now. A provider that leaves it out has proved nothing that has an age:
 * no method counts, and a grant that asks for one leads to a step-up, whose `max_age` obliges the provider to say it.
 */
export function proofTimes(
  factors: IdentityProvider['factors'],
  authentication: Authentication,
  nowMs: number,
): ProofTimes {
  const provedAtMs = trustedTime(authentication.authenticatedAtMs, nowMs);
  if (provedAtMs === undefined) return {};
  return Object.fromEntries(provedMethods(factors, authentication).map((method) => [method, provedAtMs]));
}

/** `auth_time` as far as it can be believed: `undefined` when absent or in the future. */
export function trustedTime(authenticatedAtMs: number | undefined, nowMs: number): number | undefined {
  if (authenticatedAtMs === undefined || authenticatedAtMs > nowMs + clockSkewMs) return undefined;
  return Math.min(authenticatedAtMs, nowMs);
}
