import { type CanonicalHost, parseHost } from './canonical-host.ts';
import { canonicalPath } from './canonical-path.ts';
import type { CanonicalTarget } from './canonical-target.ts';
import { findFramingFault } from './request-framing.ts';

/** The parts of a request that are parsed; a `node:http` request fits. */
export interface ReceivedRequest {
  readonly method?: string | undefined;
  /** The request target as it stood in the request line. */
  readonly url?: string | undefined;
  /** Name, value, name, value … as received: `headers` hides repeated names. */
  readonly rawHeaders: readonly string[];
}

export type ParseResult =
  | { readonly outcome: 'parsed'; readonly target: CanonicalTarget }
  /** `detail` is a sentence for the analyst; the client gets a plain 400 (`request_malformed`). */
  | { readonly outcome: 'refused'; readonly detail: string };

/** These would tunnel past us or echo credentials (RFC 9110 §9.3.6, §9.3.8). */
const refusedMethods: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

function refused(detail: string): ParseResult {
  return { outcome: 'refused', detail };
}

/** `kept`: encoded and doubled slashes come with their other reading, and whoever calls looks whether a route takes them. */
type Slashes = 'plain' | 'kept';

/**
 * The one parse at the door (security-rules.md 17): what comes out is matched, judged and forwarded, and nobody parses the
 * URL again. Whatever two programs could read in two ways is refused.
 */
export function parseCanonicalTarget(request: ReceivedRequest, slashes: Slashes = 'plain'): ParseResult {
  const method = request.method;
  const url = request.url;
  if (method === undefined || url === undefined || method === '' || url === '')
    return refused('There is no request line.');
  if (refusedMethods.has(method)) return refused(`The method ${method} is not served.`);
  const framingFault = findFramingFault(request.rawHeaders);
  if (framingFault !== undefined) return refused(framingFault);
  const host = readHost(request.rawHeaders);
  if (typeof host === 'string') return refused(host);
  if (url.charCodeAt(0) === 0x2f) return parseOriginForm(method, host, url, slashes);
  return parseAbsoluteForm(method, host, url, slashes);
}

function readHost(rawHeaders: readonly string[]): CanonicalHost | string {
  let value: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name === undefined || name.length !== 4 || name.toLowerCase() !== 'host') continue;
    if (value !== undefined) return 'There is more than one Host header.';
    value = rawHeaders[index + 1] ?? '';
  }
  return value === undefined ? 'There is no Host header.' : parseHost(value);
}

function parseOriginForm(method: string, host: CanonicalHost, url: string, slashes: Slashes): ParseResult {
  const queryStart = url.indexOf('?');
  const query = queryStart === -1 ? '' : url.slice(queryStart);
  if (query !== '') {
    const detail = findQueryFault(query);
    if (detail !== undefined) return refused(detail);
  }
  const path = canonicalPath(queryStart === -1 ? url : url.slice(0, queryStart));
  if (path.outcome === 'refused') return path;
  const { path: spelled, otherReading } = path;
  if (otherReading !== undefined && slashes === 'plain') return refused(otherReading.detail);
  return {
    outcome: 'parsed',
    target: { method, host: host.host, port: host.port, path: spelled, query, otherReading },
  };
}

/** RFC 9112 §3.2.2. Accepted when it names the very host of the Host header, and reduced to origin form. */
function parseAbsoluteForm(method: string, host: CanonicalHost, url: string, slashes: Slashes): ParseResult {
  const scheme = /^https?:\/\//i.exec(url)?.[0];
  if (scheme === undefined) return refused('The request target is neither a path nor a URL.');
  const rest = url.slice(scheme.length);
  const end = rest.search(/[/?#\\]/);
  const authority = parseHost(end === -1 ? rest : rest.slice(0, end));
  if (typeof authority === 'string') return refused('The request target has an odd host.');
  if (authority.host !== host.host || authority.port !== host.port) {
    return refused('The request target is for another host than the Host header.');
  }
  const remainder = end === -1 ? '/' : rest.slice(end);
  return parseOriginForm(method, host, remainder.startsWith('/') ? remainder : `/${remainder}`, slashes);
}

/** The query goes upstream byte for byte, so it must be bytes of a URI (RFC 3986 §3.4). */
function findQueryFault(query: string): string | undefined {
  for (let index = 1; index < query.length; index++) {
    const code = query.charCodeAt(index);
    if (code <= 0x20 || code >= 0x7f) return 'The query has a byte in it that must be percent-encoded.';
    if (code === 0x23) return 'The request target has a fragment.';
  }
  return undefined;
}
