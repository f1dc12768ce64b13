import type { DecisionId } from '../decision/decision-id.ts';
import type { ReasonCode } from '../decision/reason.ts';

/** What an answer of our own (never an app's) says in its headers. */
export interface AnswerHeaders {
  readonly decisionId: DecisionId;
  readonly reason: ReasonCode;
  /** Absent for an answer without a body. */
  readonly contentType?: string | undefined;
  /** The page's policy; an answer that is no page gets one that allows nothing. */
  readonly contentSecurityPolicy?: string | undefined;
  /** Values of `WWW-Authenticate`: every 401 must have one (RFC 9110 §15.5.2). */
  readonly challenges?: readonly string[] | undefined;
  /** Makes it a redirect, which has no body. */
  readonly location?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** The request's Origin, only when the route's `cors` lists it: without it a script cannot read our no. */
  readonly corsOrigin?: string | undefined;
  /** `strictTransport` of the connection. */
  readonly strictTransport?: string | undefined;
  /** Complete `Set-Cookie` values. */
  readonly setCookies?: readonly string[] | undefined;
}

/** What our answers depend on: the kind of client and its credential. */
const varyOn =
  'Sec-Fetch-Mode, Sec-Fetch-Dest, Accept, Accept-Language, Upgrade, Cookie, Authorization, X-Postern-Token';

/** The value of `Proxy-Status` (RFC 9209) of an answer of ours. */
export function proxyStatusOf(reason: ReasonCode): string {
  const error = proxyErrorOf(reason);
  return error === undefined ? 'postern' : `postern; error=${error}; details="${reason}"`;
}

/** The value of `Retry-After`, never "at once". */
export function retryAfterOf(seconds: number): string {
  return String(Math.max(1, Math.ceil(seconds)));
}

/** RFC 9209 §2.3: the registered error that comes nearest. */
export function proxyErrorOf(reason: ReasonCode): string | undefined {
  switch (reason) {
    case 'granted':
    case 'public_route':
    case 'preflight':
      return undefined;
    case 'request_malformed':
    case 'credentials_conflict':
    case 'request_too_large':
    case 'trailers_refused':
      return 'http_request_error';
    case 'route_unknown':
      return 'destination_not_found';
    case 'upstream_unreachable':
      return 'destination_unavailable';
    case 'upstream_busy':
      return 'connection_limit_reached';
    case 'upstream_timeout':
      return 'http_response_timeout';
    case 'state_unavailable':
    case 'audit_unavailable':
    case 'policy_error':
    case 'idp_unavailable':
    case 'posture_unavailable':
    case 'identity_too_large':
      return 'proxy_internal_error';
    default:
      return 'http_request_denied';
  }
}

/**
 * The headers of every answer that we make ourselves, as name, value, name, value … for `writeHead`.
 * No answer of ours may be cached, framed by strangers or sniffed.
 */
export function buildAnswerHeaders(answer: AnswerHeaders): string[] {
  const isCors = answer.corsOrigin !== undefined;
  const headers = [
    'Cache-Control',
    'no-store',
    'Vary',
    isCors ? `${varyOn}, Origin` : varyOn,
    'Postern-Decision-Id',
    answer.decisionId,
    'Proxy-Status',
    proxyStatusOf(answer.reason),
    'Referrer-Policy',
    'no-referrer',
    'X-Content-Type-Options',
    'nosniff',
    'Content-Security-Policy',
    answer.contentSecurityPolicy ?? "default-src 'none'; frame-ancestors 'none'",
  ];
  if (answer.strictTransport !== undefined) headers.push('Strict-Transport-Security', answer.strictTransport);
  if (answer.contentType !== undefined) headers.push('Content-Type', answer.contentType);
  for (const challenge of answer.challenges ?? []) headers.push('WWW-Authenticate', challenge);
  // A redirect has no body; saying so spares the client a chunk.
  if (answer.location !== undefined) headers.push('Location', answer.location, 'Content-Length', '0');
  if (answer.retryAfterSeconds !== undefined) headers.push('Retry-After', retryAfterOf(answer.retryAfterSeconds));
  if (answer.corsOrigin !== undefined) {
    headers.push('Access-Control-Allow-Origin', answer.corsOrigin);
    // For everybody and with credentials do not go together (Fetch standard).
    if (answer.corsOrigin !== '*') headers.push('Access-Control-Allow-Credentials', 'true');
    headers.push('Access-Control-Expose-Headers', 'WWW-Authenticate, Postern-Decision-Id, Proxy-Status');
  }
  for (const cookie of answer.setCookies ?? []) headers.push('Set-Cookie', cookie);
  return headers;
}
