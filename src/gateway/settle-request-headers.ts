import type { RouteTarget } from '../config/route.ts';
import { hostHeader } from '../http/canonical-target.ts';
import { buildRequestHeaders } from '../http/request-headers.ts';
import { absoluteEndMs, claimsEndMs } from '../sessions/expiry.ts';
import { removeOwnCookies } from '../sessions/host-credential.ts';
import { originOn } from './arrival.ts';
import type { HeaderTooLong } from './assertion/assertion-signer.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { Judged } from './stages.ts';

const nobody: readonly string[] = [];

/** Name, value, name, value …, or why they cannot be sent. */
export type SettledHeaders = readonly string[] | HeaderTooLong;

/**
 * Makes the app's view of the headers: what the client may not say is removed first, ours is added after. The result is
 * final; nothing below changes it. Answers without a promise unless an assertion has to be signed.
 */
export function settleRequestHeaders(judged: Judged, parts: GatewayParts): SettledHeaders | Promise<SettledHeaders> {
  const identity = identityHeaders(judged, parts);
  return 'then' in identity ? identity.then((headers) => build(judged, headers)) : build(judged, identity);
}

function build({ received, route }: Judged, identity: readonly string[] | HeaderTooLong): SettledHeaders {
  if ('tooLong' in identity) return identity;
  const { arrival, target } = received;
  const { scheme } = arrival.listener;
  return buildRequestHeaders({
    rawHeaders: arrival.request.rawHeaders,
    mode: arrival.upgrade === undefined ? 'request' : 'upgrade',
    host: hostHeader(target),
    sentHost: sentHostOf(route.target),
    forwardedPrefix: route.rewrite === undefined || route.rewrite.strip === '' ? undefined : route.rewrite.strip,
    forwardedPort: route.tellsAllForwarded === true ? (target.port ?? defaultPorts[scheme]) : undefined,
    clientAddress: received.address,
    protocol: scheme,
    removeOwnCookies: keepForeignCookies,
    remove: route.removeRequestHeaders,
    alsoRemove: received.snapshot.toldHeaders,
    set: route.setRequestHeaders,
    identity,
  });
}

const defaultPorts = { http: 80, https: 443 } as const;

/** `undefined` for what people typed. That of the upstream is known once one of them has its turn (carry-request.ts). */
function sentHostOf(target: RouteTarget): string | undefined {
  return target.kind === 'upstreams' && target.hostHeader?.kind === 'text' ? target.hostHeader.host : undefined;
}

function keepForeignCookies(cookieHeader: string): string {
  return removeOwnCookies(cookieHeader) ?? '';
}

function identityHeaders(judged: Judged, parts: GatewayParts): SettledHeaders | Promise<SettledHeaders> {
  const { session, credential, service } = judged.identity;
  const { received, route } = judged;
  if (service !== undefined) {
    const asked = { service: service.service, route, issuer: issuerOf(judged), nowMs: received.nowMs };
    return parts.assertions.headersForService(asked);
  }
  if (session === undefined || credential === undefined || route.policy.isPublic) return nobody;
  const { session: settings } = received.snapshot;
  const endsAtMs = Math.min(absoluteEndMs(session, settings), claimsEndMs(session, settings));
  const issuer = issuerOf(judged);
  return parts.assertions.headersFor({ session, credential, route, issuer, nowMs: received.nowMs, endsAtMs });
}

/** One issuer whatever listener was used: apps compare it with a fixed string. */
function issuerOf({ received }: Judged): string {
  const { listeners, authHost } = received.snapshot.server;
  const publicPort = listeners[0]?.publicPort ?? received.arrival.listener.publicPort;
  return originOn({ scheme: 'https', publicPort }, authHost);
}
