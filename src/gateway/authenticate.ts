import type { Route } from '../config/snapshot.ts';
import { carriesOwnToken } from '../http/own-token.ts';
import { readCredential } from '../sessions/host-credential.ts';
import type { CredentialLookup, EndCause } from '../sessions/session.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { type Identity, type Received, type Refusal, refusalOf } from './stages.ts';

const nobody: Identity = { session: undefined, credential: undefined, device: undefined, endedBecause: undefined };

/**
 * Finds who asks: the credential on this host, and the device of this connection. Two kinds of credential at once are
 * refused. A public route asks for nothing, so nothing is looked up. What is remembered is answered without a promise.
 */
export function authenticate(
  received: Received,
  route: Route,
  parts: GatewayParts,
): Identity | Refusal | Promise<Identity> {
  if (route.policy.isPublic || received.client === 'preflight') return nobody;
  const { request } = received.arrival;
  const secret = readCredential(request.headers.cookie);
  if (secret !== undefined && request.headers.authorization !== undefined && carriesOwnToken(request.rawHeaders)) {
    return refusalOf(
      received,
      'credentials_conflict',
      'A session cookie and a service token came in one request.',
      route,
    );
  }
  const behind = parts.sessions.freshen();
  if (behind !== undefined) return behind.then(() => lookUp(received, secret, parts));
  return lookUp(received, secret, parts);
}

function lookUp(received: Received, secret: string | undefined, parts: GatewayParts): Identity | Promise<Identity> {
  const { request } = received.arrival;
  const device = parts.devices.identify(parts.peerCertificate(request), received.snapshot, received.nowMs);
  if (secret === undefined) return device === undefined ? nobody : { ...nobody, device };
  const looked = parts.sessions.findByCredential(secret, received.target.host, received.nowMs);
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
