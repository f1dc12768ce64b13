import { type JWK, SignJWT } from 'jose';
import type { Route, ServiceSettings } from '../../config/snapshot.ts';
import type { HostCredential, Session } from '../../sessions/session.ts';
import type { AssertionKeys } from './assertion-keys.ts';

/** How long an assertion is valid, in seconds. */
const assertionLifetimeSeconds = 60;

/** A token is reused until it has this long to live: an app's clock may be a little ahead. */
const minimumLeftMs = 20_000;

/** Whom a request is for, and which app it goes to. */
export interface AssertionSubject {
  readonly session: Session;
  readonly credential: HostCredential;
  readonly route: Route;
  /** `https://auth.corp.example[:port]`: what apps compare `iss` with. */
  readonly issuer: string;
  readonly nowMs: number;
}

/** Which service a request is of. */
export interface AssertedService extends Pick<AssertionSubject, 'route' | 'issuer' | 'nowMs'> {
  readonly service: ServiceSettings;
}

/** Tells an app whom it serves: `X-Postern-Assertion`, an ES256 JWT that it can check, and plain headers where the route says so. */
export interface AssertionSigner {
  /**
   * The identity headers as name, value, name, value … Signed once per credential and route and reused while fresh;
   * answers without a promise when they are remembered.
   */
  headersFor(subject: AssertionSubject): readonly string[] | Promise<readonly string[]>;
  /** The same for a service: its subject is `service:ID`, which no person's can be mistaken for by an app that also looks at `idp`. */
  headersForService(subject: AssertedService): readonly string[] | Promise<readonly string[]>;
  /** The public keys that are in use, were in use lately or will be next. */
  publicKeys(nowMs: number): Promise<readonly JWK[]>;
}

interface Remembered {
  readonly session: Session;
  readonly headers: readonly string[];
  readonly issuer: string;
  /** A route of another configuration may stand at the same index. */
  readonly route: Route;
  readonly reusableUntilMs: number;
}

/** Builds the signer. Memory hangs on the credential; a session that changed is another object and is signed for anew. */
export function createAssertionSigner(keys: AssertionKeys): AssertionSigner {
  const memory = new WeakMap<HostCredential, Remembered[]>();
  const servicesMemory = new WeakMap<ServiceSettings, Omit<Remembered, 'session'>[]>();

  async function sign(subject: AssertionSubject): Promise<readonly string[]> {
    const { session, credential, route, issuer, nowMs } = subject;
    const issuedAt = Math.floor(nowMs / 1000);
    const headers = identityHeaders(await signToken(subject, issuedAt), session, route);
    const ofCredential = memory.get(credential) ?? [];
    const reusableUntilMs = (issuedAt + assertionLifetimeSeconds) * 1000 - minimumLeftMs;
    ofCredential[route.index] = { headers, session, issuer, route, reusableUntilMs };
    memory.set(credential, ofCredential);
    return headers;
  }

  async function signToken(subject: AssertionSubject, issuedAt: number): Promise<string> {
    const { credential, route, issuer, nowMs } = subject;
    const { person, acr } = subject.session;
    const key = await keys.signingKey(nowMs);
    return new SignJWT({
      email: person.email,
      email_verified: person.isEmailVerified,
      name: person.name,
      groups: person.groups === undefined ? undefined : [...person.groups],
      idp: person.issuer,
      acr,
      amr: Object.keys(credential.provedAtMs),
      auth_time: newestProof(credential),
    })
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
      .setIssuer(issuer)
      .setSubject(person.subject)
      .setAudience(route.origin)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + assertionLifetimeSeconds)
      .sign(key.privateKey);
  }

  async function signForService({ service, route, issuer, nowMs }: AssertedService): Promise<readonly string[]> {
    const issuedAt = Math.floor(nowMs / 1000);
    const key = await keys.signingKey(nowMs);
    const subject = `service:${service.id}`;
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
      .setIssuer(issuer)
      .setSubject(subject)
      .setAudience(route.origin)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + assertionLifetimeSeconds)
      .sign(key.privateKey);
    const plain = route.passIdentityHeaders ? ['x-postern-user', subject] : [];
    const headers = ['x-postern-assertion', assertion, ...plain];
    const ofService = servicesMemory.get(service) ?? [];
    const reusableUntilMs = (issuedAt + assertionLifetimeSeconds) * 1000 - minimumLeftMs;
    ofService[route.index] = { headers, issuer, route, reusableUntilMs };
    servicesMemory.set(service, ofService);
    return headers;
  }

  return {
    headersFor(subject) {
      const { session, credential, route, issuer, nowMs } = subject;
      const known = memory.get(credential)?.[route.index];
      if (
        known?.session === session &&
        known.route === route &&
        known.issuer === issuer &&
        nowMs < known.reusableUntilMs
      ) {
        return known.headers;
      }
      return sign(subject);
    },
    headersForService(subject) {
      const { service, route, issuer, nowMs } = subject;
      const known = servicesMemory.get(service)?.[route.index];
      const isKnown = known?.route === route && known.issuer === issuer && nowMs < known.reusableUntilMs;
      return isKnown ? known.headers : signForService(subject);
    },
    publicKeys: (nowMs) => keys.publicKeys(nowMs),
  };
}

function newestProof(credential: HostCredential): number | undefined {
  const times = Object.values(credential.provedAtMs);
  return times.length === 0 ? undefined : Math.floor(Math.max(...times) / 1000);
}

/** What an app is told of a person, as name, value, name, value …; the plain headers only where `pass_identity_headers` says so. */
function identityHeaders(assertion: string, session: Session, route: Route): readonly string[] {
  const headers = ['x-postern-assertion', assertion];
  if (!route.passIdentityHeaders) return headers;
  const { subject, email, isEmailVerified, groups } = session.person;
  headers.push('x-postern-user', asHeaderValue(subject));
  // The plain header cannot say that nobody vouches for it, as the assertion does.
  if (email !== undefined && isEmailVerified) headers.push('x-postern-email', asHeaderValue(email));
  if (groups !== undefined) headers.push('x-postern-groups', groups.map(asHeaderValue).join(','));
  return headers;
}

/** Header bytes are limited (RFC 9110 section 5.5); what does not fit is percent-encoded, and so is the list's comma. */
function asHeaderValue(text: string): string {
  return /^[\x20-\x2b\x2d-\x7e]*$/.test(text) && !text.includes('%') ? text : encodeURIComponent(text);
}
