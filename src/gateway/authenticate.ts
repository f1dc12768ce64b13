import type { Route } from '../config/route.ts';
import { readOwnToken, type ShownToken } from '../http/own-token.ts';
import { readCredential } from '../sessions/host-credential.ts';
import type { CredentialLookup, EndCause } from '../sessions/session.ts';
import { originOn } from './arrival.ts';
import { findServiceByCertificate, findServiceByToken } from './find-service.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { type Identity, type Received, type Refusal, refusalOf } from './stages.ts';

const nobody: Identity = { session: undefined, credential: undefined, device: undefined, endedBecause: undefined };
const noToken: ShownToken = { shown: 'nothing' };

/**
 * Finds who asks: the credential on this host, or a service's token or certificate, and the device of this connection. Two
 * kinds of credential at once are refused. A public route asks for nothing, so nothing is looked up. What is remembered is answered without a promise.
 */
export function authenticate(
  received: Received,
  route: Route,
  parts: GatewayParts,
): Identity | Refusal | Promise<Identity | Refusal> {
  if (route.policy.isPublic || received.client === 'preflight') return nobody;
  const { request } = received.arrival;
  const secret = readCredential(request.headers.cookie);
  const { authorization, 'x-postern-token': ownHeader } = request.headers;
  const token = authorization === undefined && ownHeader === undefined ? noToken : readOwnToken(request.rawHeaders);
  if (token.shown === 'conflict') return refusalOf(received, 'credentials_conflict', token.detail, route);
  const hasToken = token.shown !== 'nothing';
  if (secret !== undefined && hasToken) {
    return refusalOf(received, 'credentials_conflict', 'A session cookie and a service token came together.', route);
  }
  const certificate = parts.peerCertificate(request);
  const byCertificate = findServiceByCertificate(certificate, received.snapshot, received.nowMs);
  if (byCertificate !== undefined && (secret !== undefined || hasToken)) {
    return refusalOf(
      received,
      'credentials_conflict',
      'A service certificate and another credential came together.',
      route,
    );
  }
  const find = () => {
    if (byCertificate !== undefined) return { ...nobody, service: byCertificate };
    const device = parts.devices.identify(certificate, received.snapshot, received.nowMs);
    if (token.shown !== 'nothing') return asService(received, token, route, device);
    if (secret === undefined) return device === undefined ? nobody : { ...nobody, device };
    return lookUp(received, secret, device, parts);
  };
  // What is remembered of devices is made true, too.
  const behind = parts.sessions.freshen();
  return behind === undefined ? find() : behind.then(find);
}

function asService(
  received: Received,
  shown: Exclude<ShownToken, { shown: 'nothing' | 'conflict' }>,
  route: Route,
  device: Identity['device'],
): Identity | Refusal {
  const unknown = (why: string): Refusal => ({ ...refusalOf(received, 'service_unknown', why, route), client: 'api' });
  if (shown.shown === 'unreadable') return unknown(shown.detail);
  if (shown.isPassword && isOfAnotherSite(received))
    return unknown('A browser sent a password along to a request of another site.');
  const service = findServiceByToken(shown.token, received.snapshot);
  return service === undefined ? unknown('No service has this token.') : { ...nobody, device, service };
}

/**
 * A browser that was once told a password sends it along by itself, for a page of another site too: that page asks then,
 * not the service. No script can set `Sec-Fetch-Site` or `Origin`, and no program has a reason to; older browsers send the
 * second alone.
 */
function isOfAnotherSite({ arrival, target }: Received): boolean {
  const { 'sec-fetch-site': site, origin } = arrival.request.headers;
  if (site === 'cross-site' || site === 'same-site') return true;
  return origin !== undefined && origin !== originOn(arrival.listener, target.host);
}

function lookUp(
  received: Received,
  secret: string,
  device: Identity['device'],
  parts: GatewayParts,
): Identity | Promise<Identity> {
  const looked = parts.sessions.findByCredential(secret, received.target.host, received.nowMs, received.decisionId);
  return 'then' in looked ? looked.then((lookup) => asIdentity(lookup, device)) : asIdentity(looked, device);
}

function asIdentity(lookup: CredentialLookup, device: Identity['device']): Identity {
  switch (lookup.found) {
    case 'session':
      return { session: lookup.session, credential: lookup.credential, device, endedBecause: undefined };
    case 'ended':
      return { session: undefined, credential: undefined, device, endedBecause: asEnding(lookup.cause) };
    case 'nothing':
      return { session: undefined, credential: undefined, device, endedBecause: undefined };
    default:
      return lookup satisfies never;
  }
}

/** A person who signed out is simply not signed in; the others are told why. */
function asEnding(cause: EndCause): Identity['endedBecause'] {
  switch (cause) {
    case 'idle':
    case 'absolute':
      return cause;
    case 'logout':
    case 'idp_logout':
      return undefined;
    case 'admin':
    case 'user':
    case 'risk':
    case 'policy':
      return 'revoked';
    default:
      return cause satisfies never;
  }
}
