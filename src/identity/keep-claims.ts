import type { ClaimFacts, ClaimValue } from '../decision/facts.ts';

/** They speak of the protocol or of the sign-in, not of the person; proof has its own facts (security-rules.md 4). */
const protocolClaims: ReadonlySet<string> = new Set([
  'iss',
  'aud',
  'exp',
  'iat',
  'nbf',
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  'azp',
  'sid',
  'jti',
  'auth_time',
  'acr',
  'amr',
  '_claim_names',
  '_claim_sources',
]);

/** Of all kept claims together as JSON, in bytes: a session's record stays small. */
const mostBytes = 16 * 1024;
/** A claim that is text or a number has depth 0, a list of them 1. */
const mostLevels = 4;

/** What a session keeps of a provider's claims, and the names of those that were too large, too deep or not JSON. */
export interface KeptClaims {
  readonly claims: ClaimFacts;
  readonly leftOut: readonly string[];
}

/**
 * Keeps the claims that rules may read. One that is left out, or that is elsewhere (`_claim_names`, OpenID Connect Core
 * 5.6.2), is absent and so unknown to rules, never empty (security-rules.md 14). Smaller claims are kept first, so that one
 * large claim does not push out the others; the order in which the provider sends them does not matter.
 */
export function keepClaims(sent: Readonly<Record<string, unknown>>): KeptClaims {
  const elsewhere = sent['_claim_names'];
  const leftOut: string[] = [];
  const sized: { name: string; value: ClaimValue; bytes: number }[] = [];
  for (const [name, value] of Object.entries(sent)) {
    if (protocolClaims.has(name) || (isObject(elsewhere) && Object.hasOwn(elsewhere, name))) continue;
    if (isClaimValue(value, mostLevels)) {
      sized.push({ name, value, bytes: Buffer.byteLength(JSON.stringify({ [name]: value })) });
    } else leftOut.push(name);
  }
  sized.sort((one, other) => one.bytes - other.bytes || (one.name < other.name ? -1 : 1));
  const kept: [string, ClaimValue][] = [];
  let bytes = 0;
  for (const claim of sized) {
    bytes += claim.bytes;
    if (bytes <= mostBytes) kept.push([claim.name, claim.value]);
    else leftOut.push(claim.name);
  }
  // fromEntries defines properties: a claim named `__proto__` is a claim and sets no prototype.
  return { claims: Object.fromEntries(kept), leftOut };
}

function isClaimValue(value: unknown, levels: number): value is ClaimValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || levels === 0) return false;
  return Object.values(value).every((inner) => isClaimValue(inner, levels - 1));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
