import type { ClientKind } from './client-kind.ts';

/** The headers that are looked at, by lower-case name; `IncomingMessage.headers` fits. */
export type ClientHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const frameDestinations: ReadonlySet<string> = new Set(['iframe', 'frame', 'embed', 'object', 'fencedframe']);
const scriptDestinations: ReadonlySet<string> = new Set(['empty', 'worker', 'sharedworker', 'serviceworker', '']);

function text(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.join(', ');
}

/**
 * Tells which form of answer this client can use (the first match wins). It decides the form of a
 * no and never whether it is one: every header here can be forged.
 * @param apiPaths the route's `clients.api_paths`: treated as an API whatever the browser sends.
 */
export function classifyClient(
  headers: ClientHeaders,
  method: string,
  path: string,
  apiPaths: readonly { matches(canonicalPath: string): boolean }[] = [],
): ClientKind {
  if (headers['upgrade'] !== undefined && text(headers['upgrade'])?.trim().toLowerCase() === 'websocket') {
    return 'websocket';
  }
  const contentType = headers['content-type'];
  if (typeof contentType === 'string' && isGrpc(contentType)) return 'grpc';
  if (method === 'OPTIONS' && headers['access-control-request-method'] !== undefined) return 'preflight';
  for (const apiPath of apiPaths) {
    if (apiPath.matches(path)) return 'api';
  }
  const isRead = method === 'GET' || method === 'HEAD';
  const mode = text(headers['sec-fetch-mode']);
  if (mode !== undefined) return classifyByFetchMetadata(mode, text(headers['sec-fetch-dest']) ?? '', isRead);
  if (headers['authorization'] !== undefined || headers['x-requested-with'] !== undefined) return 'api';
  return isRead && acceptsHtml(text(headers['accept'])) ? 'document' : 'api';
}

function classifyByFetchMetadata(mode: string, destination: string, isRead: boolean): ClientKind {
  if (mode === 'navigate') {
    if (frameDestinations.has(destination)) return 'frame';
    return isRead ? 'document' : 'document_post';
  }
  return scriptDestinations.has(destination) ? 'script' : 'subresource';
}

/** `application/grpc`, `application/grpc+proto`, `application/grpc-web`: a prefix that ends there. */
function isGrpc(contentType: string): boolean {
  return contentType.length >= 16 && contentType.slice(0, 16).toLowerCase() === 'application/grpc';
}

/**
 * Only an explicit `text/html` counts: a bare `fetch()` sends the same wildcard as curl. Who takes it at less than the full
 * weight, as pip does, prefers another form.
 */
function acceptsHtml(accept: string | undefined): boolean {
  const lower = accept?.toLowerCase();
  return lower?.includes('text/html') === true && !/text\/html\s*;\s*q=0/.test(lower);
}
