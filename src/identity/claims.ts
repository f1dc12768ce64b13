import type { IdentityProvider } from '../config/snapshot.ts';
import type { PersonFacts } from '../decision/facts.ts';
import { Fault } from '../decision/fault.ts';
import { canonicalEmailClaim } from '../policy/canonical-email.ts';
import { keepClaims } from './keep-claims.ts';

/** Claims as a provider sent them, unchecked. */
export type Claims = Readonly<Record<string, unknown>>;

const longestSubject = 255;

/**
 * Makes a person of a provider's claims. They replace whatever was known before (security-rules.md 6).
 * Throws `Fault('idp_refused')` when there is no usable subject.
 * @param claims those of the ID Token, with userinfo's of the same `sub` beneath them
 */
export function readPerson(provider: IdentityProvider, claims: Claims, nowMs: number): Omit<PersonFacts, 'sessionId'> {
  const subject = claims[provider.claims.subject];
  const issuer = claims['iss'];
  if (typeof issuer !== 'string' || typeof subject !== 'string' || subject === '' || subject.length > longestSubject) {
    throw new Fault('idp_refused', `The provider "${provider.id}" sent no usable "${provider.claims.subject}" claim.`);
  }
  const email = textOf(claims[provider.claims.email]);
  const canonical = email === undefined ? undefined : canonicalEmailClaim(email);
  return {
    source: `idp:${provider.id}`,
    asOfMs: nowMs,
    providerId: provider.id,
    issuer,
    subject,
    name: textOf(claims[provider.claims.name]),
    email: canonical ?? email,
    // What cannot be compared is vouched for by nobody: unknown to grants and denials alike.
    isEmailVerified: canonical !== undefined && (provider.trustEmail || claims['email_verified'] === true),
    groups: readGroups(provider.claims.groups, claims),
    claims: keepClaims(claims).claims,
  };
}

/** True when a mapped claim is missing here and userinfo may have it. */
export function lacksMappedClaims(provider: IdentityProvider, claims: Claims): boolean {
  const { email, name, groups } = provider.claims;
  return [email, name, groups].some((claim) => claims[claim] === undefined && !isElsewhere(claim, claims));
}

/**
 * Puts userinfo's claims beneath those of the ID Token. Whoever calls has checked that both have the same `sub`
 * (OpenID Connect Core 5.3.2). `email_verified` speaks of the address beside it: userinfo's says nothing about another one.
 */
export function withUserinfo(provider: IdentityProvider, idTokenClaims: Claims, userinfo: Claims): Claims {
  const email = idTokenClaims[provider.claims.email];
  const merged = { ...userinfo, ...idTokenClaims };
  if (email === undefined || email === userinfo[provider.claims.email]) return merged;
  return { ...merged, email_verified: idTokenClaims['email_verified'] };
}

/** Unknown, not empty, when absent, malformed, or too many to send (`_claim_names`, OpenID Connect Core 5.6.2; security-rules.md 14). */
function readGroups(claim: string, claims: Claims): readonly string[] | undefined {
  if (isElsewhere(claim, claims)) return undefined;
  const groups = claims[claim];
  if (typeof groups === 'string') return [groups];
  if (!Array.isArray(groups)) return undefined;
  return groups.every((group): group is string => typeof group === 'string') ? groups : undefined;
}

function isElsewhere(claim: string, claims: Claims): boolean {
  const names = claims['_claim_names'];
  return typeof names === 'object' && names !== null && Object.hasOwn(names, claim);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
