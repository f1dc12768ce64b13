import { parseIdentityText } from './identity-text.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;

/** RFC 9110 §7.6.1, and what forwarding settles itself (security-rules.md 20, 21). */
const settledByPostern = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'content-length',
  'forwarded',
  'x-real-ip',
  'cookie',
]);

/**
 * The name as many apps read it: to those that are told of headers as variables, `X_Env`, `X.Env` and `x-env` are one.
 */
export function plainHeaderName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}

/** Reads a header name as lower case; names that Postern asserts or settles are refused, in whatever spelling. */
export function parseRequestHeaderName(text: string): Parsed<string> {
  if (!token.test(text)) return refuse('P042', 'is not a header name', 'write a name such as X-Env');
  const name = plainHeaderName(text);
  if (name === 'x-postern' || name.startsWith('x-postern-') || name.startsWith('postern-')) {
    return refuse('P029', 'is an identity header of Postern', 'it is set by "pass_identity_headers" alone');
  }
  if (settledByPostern.has(name) || name.startsWith('x-forwarded-') || name.startsWith('sec-websocket-')) {
    return refuse('P029', 'is settled by Postern', 'leave it out');
  }
  return accept(text.toLowerCase());
}

/** What an answer's framing and its connection are made of, and what Postern says itself (RFC 9110 section 7.6.1). */
const settledInAnswers = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'proxy-status',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Reads the name of a header of an answer, as lower case. */
export function parseResponseHeaderName(text: string): Parsed<string> {
  if (!token.test(text)) return refuse('P042', 'is not a header name', 'write a name such as X-Frame-Options');
  const name = plainHeaderName(text);
  if (name.startsWith('postern-') || name.startsWith('sec-websocket-') || settledInAnswers.has(name)) {
    return refuse('P029', 'is settled by Postern', 'leave it out');
  }
  return accept(text.toLowerCase());
}

/** Reads a value that is set on answers: it is the same for everybody. */
export function parseResponseHeaderValue(text: string): Parsed<string> {
  if (text.includes('$' + '{')) {
    return refuse('P042', 'has a reference in it, and clients read it', 'write the text itself');
  }
  return parseHeaderValue(text);
}

/** Names that apps know from other proxies; no client's ever reaches an app. */
const knownFromOthers = new Set([
  'x-forwarded-user',
  'x-forwarded-email',
  'x-forwarded-groups',
  'x-forwarded-preferred-username',
]);

/** Reads the name of a header that tells an app who somebody is, as lower case. */
export function parseIdentityHeaderName(text: string): Parsed<string> {
  if (knownFromOthers.has(text.toLowerCase())) return accept(text.toLowerCase());
  const parsed = parseRequestHeaderName(text);
  if (parsed.ok || !plainHeaderName(text).startsWith('x-postern-')) return parsed;
  return refuse(
    'P029',
    'is a header of Postern',
    'choose another name; pass_identity_headers: true sends X-Postern-User',
  );
}

/** Reads a header value: visible ASCII and spaces within, so that it can never begin another header. */
export function parseHeaderValue(text: string): Parsed<string> {
  if (!/^[\x20-\x7e]*$/.test(text) || text.length > 4096) {
    return refuse('P042', 'is not a header value', 'use printable ASCII without line breaks, at most 4096 characters');
  }
  if (text !== text.trim()) return refuse('P042', 'has spaces at its ends', 'remove them');
  const told = parseIdentityText(text);
  return told.ok ? accept(text) : told;
}

/** Reads a method: a token in upper case. */
export function parseMethod(text: string): Parsed<string> {
  if (/^(?!(?:ALL|ANY)$)[A-Z][A-Z-]{0,31}$/.test(text)) return accept(text);
  const upper = text.toUpperCase();
  if (text === '*' || upper === 'ALL' || upper === 'ANY')
    return refuse('P041', 'is not a method', 'for every method leave out the key');
  return refuse(
    'P041',
    'is not a method',
    /^[A-Z][A-Z-]{0,31}$/.test(upper) ? `write ${upper}` : 'write a method such as GET',
  );
}
