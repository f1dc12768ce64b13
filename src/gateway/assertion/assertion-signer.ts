import { sign } from 'node:crypto';
import type { AssertionAlgorithm, Route, ToldIdentity, ToldPart } from '../../config/route.ts';
import type { ServiceSettings } from '../../config/snapshot.ts';
import type { ClaimFacts, ClaimValue } from '../../decision/facts.ts';
import { findClaim, pickClaims } from '../../policy/find-claim.ts';
import type { HostCredential, Session } from '../../sessions/session.ts';
import type { AssertionKeys, PublicJwk, SigningKey } from './assertion-keys.ts';

const assertionName = 'x-postern-assertion';

/** A token is reused until this part of its time is left: an app's clock may be a little ahead. */
const leastLeft = 1 / 3;

/** Plain headers alone are made anew as often. */
const plainLifetimeMs = 60_000;

/** Whom a request is for, and which app it goes to. */
export interface AssertionSubject {
  readonly session: Session;
  readonly credential: HostCredential;
  readonly route: Route;
  /** `https://auth.corp.example[:port]`: what apps compare `iss` with. */
  readonly issuer: string;
  readonly nowMs: number;
  /** When the session, or what is known of its person, is over whatever happens. */
  readonly endsAtMs: number;
}

/** Which service a request is of. */
export interface AssertedService extends Pick<AssertionSubject, 'route' | 'issuer' | 'nowMs'> {
  readonly service: ServiceSettings;
}

/** An identity header that is longer than the route's app takes: the person has too many groups for it. */
export interface HeaderTooLong {
  readonly tooLong: string;
  readonly bytes: number;
}

/** Tells an app whom it serves: `X-Postern-Assertion`, a JWT that it can check, and plain headers where the route says so; `identity` of the route says how much. */
export interface AssertionSigner {
  /**
   * The identity headers as name, value, name, value … Signed once per credential and route and reused while fresh;
   * answers without a promise when they are remembered.
   */
  headersFor(subject: AssertionSubject): readonly string[] | HeaderTooLong | Promise<readonly string[] | HeaderTooLong>;
  /** The same for a service: its subject is `service:ID`, which no person's can be mistaken for by an app that also looks at `idp`. */
  headersForService(subject: AssertedService): readonly string[] | Promise<readonly string[]>;
  /** The public keys that are in use, were in use lately or will be next. */
  publicKeys(nowMs: number, algorithms: ReadonlySet<AssertionAlgorithm>): Promise<readonly PublicJwk[]>;
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
  // By the route's index. Not lists: one with a single high index is as long as all routes, for each credential.
  const memory = new WeakMap<HostCredential, Map<number, Remembered>>();
  const servicesMemory = new WeakMap<ServiceSettings, Map<number, Omit<Remembered, 'session'>>>();

  function remember(subject: AssertionSubject, key: SigningKey | undefined): readonly string[] | HeaderTooLong {
    const { session, credential, route, issuer, nowMs } = subject;
    const lifetimeMs = route.identity.assertion?.lifetimeMs ?? plainLifetimeMs;
    const issuedAt = Math.floor(nowMs / 1000);
    // None outlives its session or its claims (security-rules.md 56).
    const expiresAt = Math.floor(Math.min(issuedAt * 1000 + lifetimeMs, subject.endsAtMs) / 1000);
    const told = toldOf(session, route.identity);
    const headers = [
      ...(key === undefined ? [] : [assertionName, signCompact(claimsOf(subject, told, issuedAt, expiresAt), key)]),
      ...plainHeaders(route.identity, told),
    ];
    const tooLong = findTooLong(headers, route.identity);
    if (tooLong !== undefined) return tooLong;
    const ofCredential = memory.get(credential) ?? new Map<number, Remembered>();
    const reusableUntilMs = expiresAt * 1000 - lifetimeMs * leastLeft;
    ofCredential.set(route.index, { headers, session, issuer, route, reusableUntilMs });
    memory.set(credential, ofCredential);
    return headers;
  }

  function rememberService(
    { service, route, issuer, nowMs }: AssertedService,
    key: SigningKey | undefined,
  ): readonly string[] {
    const lifetimeMs = route.identity.assertion?.lifetimeMs ?? plainLifetimeMs;
    const issuedAt = Math.floor(nowMs / 1000);
    const subject = `service:${service.id}`;
    const expiresAt = issuedAt + Math.floor(lifetimeMs / 1000);
    const claims = { iss: issuer, sub: subject, aud: route.origin, iat: issuedAt, exp: expiresAt };
    const signed = key === undefined ? [] : [assertionName, signCompact(claims, key)];
    const headers = [...signed, ...plainHeaders(route.identity, { user: subject })];
    const ofService = servicesMemory.get(service) ?? new Map<number, Omit<Remembered, 'session'>>();
    const reusableUntilMs = expiresAt * 1000 - lifetimeMs * leastLeft;
    ofService.set(route.index, { headers, issuer, route, reusableUntilMs });
    servicesMemory.set(service, ofService);
    return headers;
  }

  return {
    headersFor(subject) {
      const { session, credential, route, issuer, nowMs } = subject;
      const known = memory.get(credential)?.get(route.index);
      if (
        known?.session === session &&
        known.route === route &&
        known.issuer === issuer &&
        nowMs < known.reusableUntilMs
      ) {
        return known.headers;
      }
      const { assertion } = route.identity;
      if (assertion === undefined) return remember(subject, undefined);
      const key = keys.signingKey(nowMs, assertion.algorithm);
      return 'then' in key ? key.then((loaded) => remember(subject, loaded)) : remember(subject, key);
    },
    headersForService(subject) {
      const { service, route, issuer, nowMs } = subject;
      const known = servicesMemory.get(service)?.get(route.index);
      const isKnown = known?.route === route && known.issuer === issuer && nowMs < known.reusableUntilMs;
      if (isKnown) return known.headers;
      const { assertion } = route.identity;
      if (assertion === undefined) return rememberService(subject, undefined);
      const key = keys.signingKey(nowMs, assertion.algorithm);
      return 'then' in key ? key.then((loaded) => rememberService(subject, loaded)) : rememberService(subject, key);
    },
    publicKeys: keys.publicKeys,
  };
}

function claimsOf(
  { session, credential, route, issuer }: AssertionSubject,
  told: Told,
  issuedAt: number,
  expiresAt: number,
): object {
  const { person, acr } = session;
  const { claims } = route.identity;
  return {
    email: person.email,
    email_verified: person.isEmailVerified,
    name: person.name,
    groups: told.groups,
    claims: claims.length === 0 ? undefined : pickClaims(person.claims ?? {}, claims),
    idp: person.issuer,
    acr,
    amr: Object.keys(credential.provedAtMs),
    auth_time: newestProof(credential),
    iss: issuer,
    sub: person.subject,
    aud: route.origin,
    iat: issuedAt,
    exp: expiresAt,
  };
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * A JWT in compact form (RFC 7515 section 7.1, RFC 7518 section 3.4, RFC 8037 section 3.1). By Node's own signature, at once: with the sessions
 * of a company one is made for nearly every request, and jose's way over WebCrypto took 178 µs against 76.
 */
function signCompact(claims: object, { algorithm, kid, privateKey }: SigningKey): string {
  const signed = `${base64url({ alg: algorithm, kid, typ: 'JWT' })}.${base64url(claims)}`;
  const bytes = Buffer.from(signed);
  const signature =
    algorithm === 'EdDSA'
      ? sign(null, bytes, privateKey)
      : sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function newestProof(credential: HostCredential): number | undefined {
  const times = Object.values(credential.provedAtMs);
  return times.length === 0 ? undefined : Math.floor(Math.max(...times) / 1000);
}

/** What an app is told of who asks, in plain headers; what is not known is left out. */
interface Told {
  readonly user: string;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly claims?: ClaimFacts | undefined;
}

function toldOf({ person }: Session, { groups: told }: ToldIdentity): Told {
  const { subject, email, isEmailVerified, name, groups, claims } = person;
  return {
    user: subject,
    // The plain header cannot say that nobody vouches for it, as the assertion does.
    email: isEmailVerified ? email : undefined,
    name,
    groups: told === 'all' ? groups : groups?.filter((group) => told.has(group)),
    claims,
  };
}

function plainHeaders({ headers }: ToldIdentity, told: Told): readonly string[] {
  return headers.flatMap(({ name, parts }) => {
    const texts = parts.map((part) => textOf(part, told));
    return texts.includes(undefined) ? [] : [name, texts.join('')];
  });
}

function textOf(part: ToldPart, told: Told): string | undefined {
  if ('text' in part) return part.text;
  const value = 'fact' in part ? told[part.fact] : findClaim(told.claims ?? {}, part.claim)?.value;
  return value === undefined || value === null ? undefined : headerTextOf(value);
}

/** A list joined by commas, each item encoded so that none can be two; anything deeper as encoded JSON. */
function headerTextOf(value: ClaimValue): string {
  if (Array.isArray(value)) return value.map(itemTextOf).join(',');
  return itemTextOf(value);
}

function itemTextOf(value: ClaimValue): string {
  return asHeaderValue(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Half of a list of groups would be another list: what an app will not take is not sent at all. */
function findTooLong(headers: readonly string[], { limitBytes }: ToldIdentity): HeaderTooLong | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    const [name = '', value = ''] = headers.slice(index, index + 2);
    const bytes = name.length + 2 + value.length;
    if (bytes > limitBytes) return { tooLong: name, bytes };
  }
  return undefined;
}

/** Header bytes are limited (RFC 9110 section 5.5); what does not fit is percent-encoded, and so are the list's comma and blanks that would be trimmed. */
function asHeaderValue(text: string): string {
  const isPlain = /^[\x20-\x2b\x2d-\x7e]*$/.test(text) && !text.includes('%') && text === text.trim();
  return isPlain ? text : encodeURIComponent(text.toWellFormed());
}
