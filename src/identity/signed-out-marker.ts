import { parseCookie, stringifySetCookie } from 'cookie';
import { ownCookieAttributes } from '../http/own-cookie.ts';
import { isSameSecret } from '../state/secret.ts';
import type { Exchange } from './exchange.ts';

const cookieName = '__Host-postern-signed-out';
const lifetimeSeconds = 600;

/**
 * Marks a browser that has just signed out: the next sign-in offers the choice in place of going straight to the one
 * provider, which would sign the person in again. Its value is the state that the provider must bring back.
 */
export function markSignedOut(exchange: Exchange, state: string): void {
  setMarker(exchange, state, lifetimeSeconds);
}

export function hasJustSignedOut(exchange: Exchange): boolean {
  return markerOf(exchange) !== undefined;
}

/** True when this answer of a provider belongs to the sign-out that this browser began. */
export function isSignOutState(exchange: Exchange, state: string | undefined): boolean {
  const marker = markerOf(exchange);
  return marker !== undefined && state !== undefined && isSameSecret(marker, state);
}

/** The person chose to sign in: from now on there is nothing to hold back. */
export function forgetSignedOut(exchange: Exchange): void {
  if (markerOf(exchange) !== undefined) setMarker(exchange, '', 0);
}

function markerOf(exchange: Exchange): string | undefined {
  const value = parseCookie(exchange.request.headers.cookie ?? '')[cookieName];
  return value === '' ? undefined : value;
}

function setMarker(exchange: Exchange, value: string, maxAge: number): void {
  exchange.response.append(
    'Set-Cookie',
    stringifySetCookie({ name: cookieName, value, maxAge, ...ownCookieAttributes }),
  );
}
