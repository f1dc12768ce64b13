import { type JWK, SignJWT } from 'jose';
import type { Route } from '../../config/snapshot.ts';
import type { HostCredential, Session } from '../../sessions/session.ts';
import type { AssertionKeys } from './assertion-keys.ts';

/** How long an assertion is valid, in seconds. */
export const assertionLifetimeSeconds = 60;

/** A token is reused until it has this long to live: an app's clock may be a little ahead. */
const minimumLeftMs = 20_000;

/** Tells an app who it serves, in a form that it can check (`X-Postern-Assertion`, an ES256 JWT). */
export interface AssertionSigner {
  /** Signed once per credential and route and reused while fresh. Answers without a promise when it is remembered. */
  assertionFor(
    session: Session,
    credential: HostCredential,
    route: Route,
    issuer: string,
    nowMs: number,
  ): string | Promise<string>;
  /** The public keys that are in use, were in use lately or will be next. */
  publicKeys(nowMs: number): Promise<readonly JWK[]>;
}

interface Remembered {
  readonly session: Session;
  readonly token: string;
  readonly issuer: string;
  readonly expiresAtMs: number;
}

/** Builds the signer. Memory hangs on the credential; a session that changed is another object and is signed for anew. */
export function createAssertionSigner(keys: AssertionKeys): AssertionSigner {
  const memory = new WeakMap<HostCredential, Remembered[]>();

  async function sign(
    session: Session,
    credential: HostCredential,
    route: Route,
    issuer: string,
    nowMs: number,
  ): Promise<string> {
    const key = await keys.signingKey(nowMs);
    const issuedAt = Math.floor(nowMs / 1000);
    const token = await new SignJWT({
      email: session.person.email,
      email_verified: session.person.isEmailVerified,
      name: session.person.name,
      groups: session.person.groups === undefined ? undefined : [...session.person.groups],
      idp: session.person.issuer,
      acr: session.acr,
      amr: Object.keys(credential.provedAtMs),
      auth_time: newestProof(credential),
    })
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
      .setIssuer(issuer)
      .setSubject(session.person.subject)
      .setAudience(route.origin)
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt - 5)
      .setExpirationTime(issuedAt + assertionLifetimeSeconds)
      .sign(key.privateKey);
    const ofCredential = memory.get(credential) ?? [];
    ofCredential[route.index] = { token, session, issuer, expiresAtMs: (issuedAt + assertionLifetimeSeconds) * 1000 };
    memory.set(credential, ofCredential);
    return token;
  }

  return {
    assertionFor(session, credential, route, issuer, nowMs) {
      const known = memory.get(credential)?.[route.index];
      const isFresh =
        known !== undefined &&
        known.session === session &&
        known.issuer === issuer &&
        known.expiresAtMs - nowMs > minimumLeftMs;
      if (isFresh) return known.token;
      return sign(session, credential, route, issuer, nowMs);
    },
    publicKeys: (nowMs) => keys.publicKeys(nowMs),
  };
}

function newestProof(credential: HostCredential): number | undefined {
  const times = Object.values(credential.provedAtMs);
  return times.length === 0 ? undefined : Math.floor(Math.max(...times) / 1000);
}
