/**
 * The closed catalogue of reasons. The code is the contract for pages, problem bodies, metric labels, audit events
 * and tests; texts live in `pages/` and may change.
 */
export type ReasonCode = keyof typeof reasonCatalogue;

/** Who can do something about it: decides what the page offers. */
export type Remedy = 'user' | 'owner' | 'admin' | 'wait' | 'nobody';

export interface ReasonEntry {
  /** The HTTP status of an answer that carries this reason; a document may get a redirect in place of a 401. */
  readonly status: number;
  readonly remedy: Remedy;
}

export const reasonCatalogue = {
  granted: { status: 200, remedy: 'nobody' },
  public_route: { status: 200, remedy: 'nobody' },
  preflight: { status: 204, remedy: 'nobody' },

  login_required: { status: 401, remedy: 'user' },
  session_expired: { status: 401, remedy: 'user' },
  session_revoked: { status: 401, remedy: 'user' },
  step_up_required: { status: 401, remedy: 'user' },
  reauth_required: { status: 401, remedy: 'user' },

  account_locked: { status: 403, remedy: 'admin' },
  not_in_required_group: { status: 403, remedy: 'owner' },
  wrong_account: { status: 403, remedy: 'user' },
  explicit_deny: { status: 403, remedy: 'owner' },
  method_not_granted: { status: 403, remedy: 'owner' },
  path_not_granted: { status: 403, remedy: 'owner' },
  device_unknown: { status: 403, remedy: 'user' },
  device_not_compliant: { status: 403, remedy: 'user' },
  posture_stale: { status: 403, remedy: 'user' },
  posture_unavailable: { status: 503, remedy: 'admin' },
  network_not_allowed: { status: 403, remedy: 'user' },
  outside_hours: { status: 403, remedy: 'wait' },
  condition_not_met: { status: 403, remedy: 'owner' },
  risk_too_high: { status: 403, remedy: 'user' },
  step_up_not_met: { status: 403, remedy: 'admin' },
  origin_not_allowed: { status: 403, remedy: 'owner' },
  websocket_not_allowed: { status: 403, remedy: 'owner' },

  request_malformed: { status: 400, remedy: 'nobody' },
  service_unknown: { status: 401, remedy: 'admin' },
  credentials_conflict: { status: 400, remedy: 'user' },
  sign_in_lost: { status: 400, remedy: 'user' },
  sign_in_refused: { status: 403, remedy: 'user' },
  cookies_missing: { status: 400, remedy: 'user' },
  route_unknown: { status: 404, remedy: 'nobody' },
  request_too_large: { status: 413, remedy: 'nobody' },
  trailers_refused: { status: 400, remedy: 'nobody' },
  rate_limited: { status: 429, remedy: 'wait' },

  idp_unavailable: { status: 503, remedy: 'admin' },
  state_unavailable: { status: 503, remedy: 'admin' },
  audit_unavailable: { status: 503, remedy: 'admin' },
  policy_error: { status: 503, remedy: 'admin' },
  shutting_down: { status: 503, remedy: 'wait' },
  identity_too_large: { status: 502, remedy: 'owner' },
  upstream_busy: { status: 503, remedy: 'wait' },
  upstream_unreachable: { status: 502, remedy: 'owner' },
  upstream_timeout: { status: 504, remedy: 'owner' },
} as const satisfies Record<string, ReasonEntry>;

/** Every code, in catalogue order: for pre-created metric series. */
export const reasonCodes = Object.keys(reasonCatalogue) as readonly ReasonCode[];
