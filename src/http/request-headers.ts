import { isOwnToken } from './own-token.ts';
import { isOwnHeader } from './reserved-headers.ts';

/** What is done to a request's headers before it goes upstream. */
export interface RequestHeaderRules {
  /** Name, value, name, value … as received. */
  readonly rawHeaders: readonly string[];
  /** The public host of the route, with its port if the client named one. */
  readonly host: string;
  /** What the app gets in `Host`. Default: the public host. It stands first in what comes out. */
  readonly sentHost?: string | undefined;
  /** What was taken away at the start of the path; absent: nothing. */
  readonly forwardedPrefix?: string | undefined;
  /** The port of the listener as people type it: set where the app is told all that there is to tell. */
  readonly forwardedPort?: number | undefined;
  /** The client's address (`findClientAddress`). */
  readonly clientAddress: string;
  readonly protocol: 'http' | 'https';
  /** Takes our cookies out of a `Cookie` header's value; an empty answer drops the header. */
  readonly removeOwnCookies: (cookie: string) => string;
  /** Lower-case names, from the route's configuration. */
  readonly remove?: ReadonlySet<string>;
  /** Lower-case names that any route fills with identity: apps share upstreams (security-rules.md 42). */
  readonly alsoRemove?: ReadonlySet<string> | undefined;
  /** Lower-case names, from the route's configuration. The client's own headers of these names are dropped. */
  readonly set?: readonly (readonly [name: string, value: string])[];
  /** Name, value, name, value …: identity headers; added last, so that nothing above can touch them. */
  readonly identity?: readonly string[];
  /** `upgrade` keeps what a WebSocket handshake needs, written anew. Default `request`. */
  readonly mode?: 'request' | 'upgrade';
}

const noNames: ReadonlySet<string> = new Set();

/**
 * Makes the header list that goes upstream: first everything that is ours to say or that belongs to one hop is removed,
 * in any spelling, then ours is added. In this order the client's `Connection` list cannot delete what we add.
 * `Expect`, `Keep-Alive`, `Upgrade` and `Transfer-Encoding` must go in any case: undici refuses them.
 */
export function buildRequestHeaders(rules: RequestHeaderRules): string[] {
  const { rawHeaders } = rules;
  const remove = rules.remove ?? noNames;
  const alsoRemove = rules.alsoRemove ?? noNames;
  const named = namesInConnection(rawHeaders);
  const headers: string[] = ['host', rules.sentHost ?? rules.host];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const lower = name.toLowerCase();
    const plain = plainName(lower);
    if (plain !== lower && protectedFromTwins.has(plain)) continue;
    if (alsoRemove.has(plain) || alsoRemove.has(lower)) continue;
    if (isOwnHeader(plain) || remove.has(plain) || remove.has(lower) || named.has(lower)) continue;
    if (rules.set !== undefined && isSet(rules.set, plain)) continue;
    if (lower === 'cookie') {
      const cookie = rules.removeOwnCookies(value);
      if (cookie !== '') headers.push(name, cookie);
      continue;
    }
    if (lower === 'authorization' && isOwnToken(value)) continue;
    headers.push(name, value);
  }
  if (rules.set !== undefined) for (const [name, value] of rules.set) headers.push(name, value);
  headers.push('x-forwarded-for', rules.clientAddress);
  headers.push('x-forwarded-proto', rules.protocol, 'x-forwarded-host', rules.host);
  if (rules.forwardedPrefix !== undefined) headers.push('x-forwarded-prefix', rules.forwardedPrefix);
  if (rules.forwardedPort !== undefined) {
    const { clientAddress, protocol, host, forwardedPort } = rules;
    const node = clientAddress.includes(':') ? `"[${clientAddress}]"` : clientAddress;
    headers.push('x-forwarded-port', String(forwardedPort), 'x-real-ip', clientAddress);
    headers.push('forwarded', `for=${node};host="${host}";proto=${protocol}`);
  }
  if (rules.mode === 'upgrade') headers.push('connection', 'Upgrade', 'upgrade', 'websocket');
  if (rules.identity !== undefined) for (const text of rules.identity) headers.push(text);
  return headers;
}

/** Names whose twins (`content_length`) an upstream may read as the header itself, but whose real form is kept. */
const protectedFromTwins: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'origin',
]);

/**
 * The name as a CGI-like upstream reads it: there `X_Postern_User`, `X.Postern.User` and `X-Postern-User` all become
 * `HTTP_X_POSTERN_USER`.
 */
function plainName(lower: string): string {
  for (let index = 0; index < lower.length; index++) {
    const code = lower.charCodeAt(index);
    const isPlain = (code >= 0x61 && code <= 0x7a) || code === 0x2d || (code >= 0x30 && code <= 0x39);
    if (!isPlain) return lower.replace(/[^a-z0-9]/g, '-');
  }
  return lower;
}

function isSet(set: readonly (readonly [name: string, value: string])[], plain: string): boolean {
  for (const [name] of set) if (plainName(name) === plain) return true;
  return false;
}

/** The lower-case names that `Connection` headers declare to be of this hop only (RFC 9110 §7.6.1). */
export function namesInConnection(rawHeaders: readonly string[]): ReadonlySet<string> {
  let names: Set<string> | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    const value = (rawHeaders[index + 1] ?? '').toLowerCase();
    if (value === 'keep-alive' || value === 'close' || value === '') continue;
    names ??= new Set();
    for (const item of value.split(',')) names.add(item.trim());
  }
  return names ?? noNames;
}
