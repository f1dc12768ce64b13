import { stringifySetCookie } from 'cookie';
import { ownCookieAttributes } from '../http/own-cookie.ts';
import { isSecret } from '../state/secret.ts';

/** The cookie that holds an app host's credential. */
export const credentialCookieName = '__Host-postern';

/** The cookie that binds a ticket to the browser that asked for it (security-rules.md 2). */
export const attemptCookieName = '__Host-postern-attempt';

/** Every cookie of ours begins so; browsers compare the `__Host-` prefix without regard to case, and so do we. */
const ownPrefix = '__host-postern';

const credentialMarker = `${credentialCookieName}=`;
const attemptMarker = `${attemptCookieName}=`;
const space = 0x20;
const equalsSign = 0x3d;
const semicolon = 0x3b;

/**
 * Reads the host's credential from a raw Cookie header. `undefined` when it is missing, malformed, or sent twice with
 * different values: then nobody is signed in.
 */
export function readCredential(cookieHeader: string | undefined): string | undefined {
  return readSecret(cookieHeader, credentialMarker);
}

/** Reads the attempt's secret from a raw Cookie header; `undefined` as with `readCredential`. */
export function readAttempt(cookieHeader: string | undefined): string | undefined {
  return readSecret(cookieHeader, attemptMarker);
}

/** The `Set-Cookie` value that hands over a credential. */
export function setCredential(secret: string, maxAgeMs: number): string {
  return stringifySetCookie({
    name: credentialCookieName,
    value: secret,
    maxAge: Math.max(0, Math.floor(maxAgeMs / 1000)),
    ...ownCookieAttributes,
  });
}

/** The `Set-Cookie` value that begins an attempt. */
export function setAttempt(secret: string, maxAgeMs: number): string {
  return stringifySetCookie({
    name: attemptCookieName,
    value: secret,
    maxAge: Math.max(0, Math.floor(maxAgeMs / 1000)),
    ...ownCookieAttributes,
  });
}

/** The `Set-Cookie` value that removes the credential from the browser. */
export function clearCredential(): string {
  return stringifySetCookie({ name: credentialCookieName, value: '', maxAge: 0, ...ownCookieAttributes });
}

/** The `Set-Cookie` value that ends an attempt in the browser. */
export function clearAttempt(): string {
  return stringifySetCookie({ name: attemptCookieName, value: '', maxAge: 0, ...ownCookieAttributes });
}

/**
 * The Cookie header as an app may see it: every cookie of ours is gone, the rest stays byte for byte.
 * `undefined` when nothing is left: then the header is left out.
 */
export function removeOwnCookies(cookieHeader: string): string | undefined {
  let kept: string | undefined;
  let runStart = 0;
  for (let start = 0; start <= cookieHeader.length; ) {
    const end = endOfPair(cookieHeader, start);
    if (beginsOwn(cookieHeader, start, end)) {
      if (runStart < start) kept = joinKept(kept, cookieHeader.slice(runStart, start - 1));
      runStart = end + 1;
    }
    start = end + 1;
  }
  if (runStart === 0) return cookieHeader;
  if (runStart <= cookieHeader.length) kept = joinKept(kept, cookieHeader.slice(runStart));
  return kept === undefined || kept.trim() === '' ? undefined : kept;
}

/** True for a `Set-Cookie` value of an upstream that would set one of our cookies: it is removed (security-rules.md 2). */
export function isOwnSetCookie(setCookie: string): boolean {
  return beginsOwn(setCookie, 0, setCookie.length);
}

function joinKept(kept: string | undefined, run: string): string {
  return kept === undefined ? run.trimStart() : `${kept};${run}`;
}

function endOfPair(text: string, start: number): number {
  const end = text.indexOf(';', start);
  return end === -1 ? text.length : end;
}

/** Blanks are skipped as every parser does, and `=` too: browsers have sent a cookie without a name as its bare value. */
function beginsOwn(text: string, start: number, end: number): boolean {
  let from = start;
  while (from < end && (text.charCodeAt(from) <= space || text.charCodeAt(from) === equalsSign)) from += 1;
  if (end - from < ownPrefix.length) return false;
  for (let index = 0; index < ownPrefix.length; index += 1) {
    const code = text.charCodeAt(from + index);
    const folded = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
    if (folded !== ownPrefix.charCodeAt(index)) return false;
  }
  return true;
}

function readSecret(cookieHeader: string | undefined, marker: string): string | undefined {
  if (cookieHeader === undefined) return undefined;
  let value: string | undefined;
  for (let at = cookieHeader.indexOf(marker); at !== -1; at = cookieHeader.indexOf(marker, at + marker.length)) {
    if (!beginsPair(cookieHeader, at)) continue;
    const found = cookieHeader.slice(at + marker.length, endOfPair(cookieHeader, at)).trimEnd();
    if (value !== undefined && value !== found) return undefined;
    value = found;
  }
  return value !== undefined && isSecret(value) ? value : undefined;
}

function beginsPair(text: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && text.charCodeAt(before) <= space) before -= 1;
  return before < 0 || text.charCodeAt(before) === semicolon;
}
