import { hostHeader } from '../http/canonical-target.ts';
import { buildRequestHeaders } from '../http/request-headers.ts';
import { removeOwnCookies } from '../sessions/host-credential.ts';
import { originOn } from './arrival.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { Judged } from './stages.ts';

/**
 * Makes the app's view of the headers: what the client may not say is removed first, ours is added after
 * (SECURITY.md: "stripped first, added after"). The result is final; nothing below changes it.
 */
export async function settleRequestHeaders(judged: Judged, parts: GatewayParts): Promise<readonly string[]> {
  const { received, route } = judged;
  const { arrival, target } = received;
  const identity = route.policy.isPublic ? [] : await identityHeaders(judged, parts);
  return buildRequestHeaders({
    rawHeaders: arrival.request.rawHeaders,
    mode: arrival.upgrade === undefined ? 'request' : 'upgrade',
    host: hostHeader(target),
    clientAddress: received.address,
    protocol: arrival.listener.scheme,
    removeOwnCookies: keepForeignCookies,
    remove: route.removeRequestHeaders,
    set: route.setRequestHeaders,
    identity,
  });
}

function keepForeignCookies(cookieHeader: string): string {
  return removeOwnCookies(cookieHeader) ?? '';
}

async function identityHeaders(judged: Judged, parts: GatewayParts): Promise<readonly string[]> {
  const { session, credential } = judged.identity;
  if (session === undefined || credential === undefined) return [];
  const { received, route } = judged;
  const issuer = originOn({ scheme: 'https', publicPort: issuerPort(judged) }, received.snapshot.server.authHost);
  const assertion = parts.assertions.assertionFor(session, credential, route, issuer, received.nowMs);
  const headers = ['x-postern-assertion', typeof assertion === 'string' ? assertion : await assertion];
  if (!route.passIdentityHeaders) return headers;
  const { person } = session;
  headers.push('x-postern-user', asHeaderValue(person.subject));
  if (person.email !== undefined) headers.push('x-postern-email', asHeaderValue(person.email));
  if (person.groups !== undefined) headers.push('x-postern-groups', person.groups.map(asHeaderValue).join(','));
  return headers;
}

/** One issuer whatever listener was used: apps compare it with a fixed string. */
function issuerPort(judged: Judged): number {
  const [first] = judged.received.snapshot.server.listeners;
  return first?.publicPort ?? judged.received.arrival.listener.publicPort;
}

/** Header bytes are limited (RFC 9110 section 5.5); what does not fit is percent-encoded, and so is the list's comma. */
function asHeaderValue(text: string): string {
  return /^[\x20-\x2b\x2d-\x7e]*$/.test(text) && !text.includes('%') ? text : encodeURIComponent(text);
}
