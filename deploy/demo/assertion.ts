import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';

/** Who an app is told that it serves. */
export interface Identity {
  readonly subject: string;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly groups: readonly string[];
}

/** Checks what Postern says in `X-Postern-Assertion`. Rejects when it is missing, false, old, or meant for another app. */
export type AssertionVerifier = (assertion: string | undefined) => Promise<Identity>;

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

function toIdentity(payload: JWTPayload): Identity {
  const text = (claim: string) => (typeof payload[claim] === 'string' ? payload[claim] : undefined);
  return { subject: payload.sub ?? '', name: text('name'), email: text('email'), groups: texts(payload['groups']) };
}

/** Keys are fetched again when an unknown one is named, but not more often than this. */
const fetchPauseMs = 1_000;

/**
 * Builds a verifier for one app: any app behind Postern needs these few lines, in any language with a JWT library.
 * @param audience the origin that people open, as in the route's `from`.
 * @param issuers the origins of the sign-in host.
 * @param fetchKeys gets `/.postern/jwks.json`.
 */
export function createAssertionVerifier(
  audience: string,
  issuers: readonly string[],
  fetchKeys: () => Promise<JSONWebKeySet>,
  now: () => number = Date.now,
): AssertionVerifier {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  let fetchedAtMs = Number.NEGATIVE_INFINITY;

  const refresh = async () => {
    fetchedAtMs = now();
    keys = createLocalJWKSet(await fetchKeys());
    return keys;
  };

  return async (assertion) => {
    if (assertion === undefined) throw new Error('There is no X-Postern-Assertion.');
    const expected = {
      audience,
      issuer: [...issuers],
      algorithms: ['ES256'],
      maxTokenAge: '60s',
      clockTolerance: 5,
      requiredClaims: ['sub', 'exp', 'iat'],
      currentDate: new Date(now()),
    };
    try {
      return toIdentity((await jwtVerify(assertion, keys ?? (await refresh()), expected)).payload);
    } catch (error) {
      const isKeyUnknown = (error as { code?: unknown }).code === 'ERR_JWKS_NO_MATCHING_KEY';
      if (!isKeyUnknown || now() - fetchedAtMs < fetchPauseMs) throw error;
      return toIdentity((await jwtVerify(assertion, await refresh(), expected)).payload);
    }
  };
}
