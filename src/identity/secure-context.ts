import type { Express, Request } from 'express';
import { Fault } from '../decision/fault.ts';

/**
 * Whether browsers keep `Secure` cookies of this origin: https, or a host under `localhost` (Chromium; security-rules.md 22).
 */
export function keepsSecureCookies(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return (
    protocol === 'https:' || (protocol === 'http:' && (hostname === 'localhost' || hostname.endsWith('.localhost')))
  );
}

/**
 * Makes `request.secure`, which express-session asks before it sets a `Secure` cookie, answer from the listener's own
 * origin. No header has a say in it, so `trust proxy` stays off.
 */
export function defineSecure(application: Express, originOf: (request: Request) => string): void {
  Object.defineProperty(application.request, 'secure', {
    configurable: true,
    get(this: Request) {
      return keepsSecureCookies(originOf(this));
    },
  });
}

/**
 * express-session leaves a `Secure` cookie out without a word when it does not see TLS, and people are then
 * signed in over and over. Where that would happen nobody is served.
 */
export function requireSecureContext(request: Request): void {
  if (request.secure) return;
  throw new Fault(
    'internal',
    'The sign-in host was asked over plain HTTP on a name that is not under localhost, where browsers drop its cookies. Serve it over TLS.',
  );
}
