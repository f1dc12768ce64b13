import { type OuterAddress, withOuterAddress } from './outer-address.ts';

/** An upstream's headers by lower-case name, as undici hands them over. */
export type UpstreamHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ResponseHeaderRules {
  readonly headers: UpstreamHeaders;
  readonly status: number;
  /** True for a `Set-Cookie` value that would set one of our cookies: an app must not (security-rules.md 2). */
  readonly isOwnSetCookie: (setCookie: string) => boolean;
  /** What the route changes; absent: nothing. `remove` has lower-case names, `set` name, value, name, value … */
  readonly changes?: { readonly remove: ReadonlySet<string>; readonly set: readonly string[] } | undefined;
  /** Set where the app may name its inner address. */
  readonly outerAddress?: OuterAddress | undefined;
  /** True when the answer's body will be sent in chunks, so that trailers can follow. */
  readonly canHaveTrailers: boolean;
}

const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'postern-decision-id',
  'postern-device-warning',
]);

/**
 * Makes the header list of an app's answer: without what belongs to one hop, what `Connection` names, and cookies of
 * ours, and as the route changes it. `Postern-Decision-Id` marks answers of our own and
 * `Postern-Device-Warning` is said by nobody else, so an app cannot send them.
 */
export function buildResponseHeaders(rules: ResponseHeaderRules): string[] {
  const named = namesInConnectionValue(rules.headers['connection']);
  const { changes, outerAddress } = rules;
  const outer = (name: string, value: string): string =>
    outerAddress === undefined ? value : withOuterAddress(name, value, outerAddress);
  const result: string[] = changes === undefined ? [] : [...changes.set];
  for (const name in rules.headers) {
    const value = rules.headers[name];
    if (value === undefined || hopByHop.has(name) || named?.has(name) === true) continue;
    if (changes?.remove.has(name) === true) continue;
    if (name === 'trailer' && !rules.canHaveTrailers) continue;
    if (name === 'content-length' && rules.status === 204) continue;
    if (typeof value === 'string') {
      if (name !== 'set-cookie' || !rules.isOwnSetCookie(value)) result.push(name, outer(name, value));
      continue;
    }
    for (const item of value) {
      if (name !== 'set-cookie' || !rules.isOwnSetCookie(item)) result.push(name, outer(name, item));
    }
  }
  return result;
}

/** What Node takes as a reason phrase and browsers show: HTTP's `HTAB / SP / VCHAR / obs-text` (RFC 9112 §4). */
const notInPhrase = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * An app's reason phrase as it can be sent. undici reads it as UTF-8: what is more than Latin-1 goes out as the bytes that
 * came in, and bytes that were no UTF-8 are lost and become question marks. Nobody decides by a phrase, so none is a fault.
 */
export function repairReasonPhrase(phrase: string): string {
  if (!notInPhrase.test(phrase)) return phrase;
  const bytes = Buffer.from(phrase.replaceAll('\ufffd', '?'), 'utf8').toString('latin1');
  return bytes.replace(new RegExp(notInPhrase, 'g'), '?');
}

function namesInConnectionValue(value: string | readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (value === undefined || value === 'keep-alive' || value === 'close') return undefined;
  const text = typeof value === 'string' ? value : value.join(',');
  return new Set(
    text
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}

/** Fields that mean something to framing, routing, authentication or caching may not come after the body (RFC 9110 §6.5.1). */
const notInTrailers: ReadonlySet<string> = new Set([
  ...hopByHop,
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'expires',
  'host',
  'location',
  'set-cookie',
  'trailer',
  'vary',
  'www-authenticate',
]);

/** The trailers that may be passed on, or `undefined` when there are none. @param removed what the route removes or sets, by lower-case name */
export function buildResponseTrailers(
  trailers: UpstreamHeaders,
  removed?: ReadonlySet<string>,
): [string, string][] | undefined {
  let result: [string, string][] | undefined;
  for (const name in trailers) {
    const value = trailers[name];
    if (value === undefined || notInTrailers.has(name) || removed?.has(name) === true) continue;
    result ??= [];
    if (typeof value === 'string') result.push([name, value]);
    else for (const item of value) result.push([name, item]);
  }
  return result;
}
