import type { ReasonCode } from '../decision/reason.ts';
import type { IconName } from './icon.tsx';

/** What a refusal page can offer to press. */
export type ActionKind =
  | 'sign_in'
  | 'sign_in_again'
  | 'confirm'
  | 'check_again'
  | 'try_again'
  | 'switch_account'
  | 'open_app'
  | 'open_with_certificate'
  | 'device_page'
  | 'sign_in_anew'
  /** The people who decide who may open the app. */
  | 'ask_access'
  /** Who helps with everything else; where nobody is named for that, the people of the app. */
  | 'ask_help'
  | 'apps';

/** How the page of a reason looks and what it offers, what helps most first; what has no address here is left out. */
export interface RefusalGuide {
  readonly tone: 'info' | 'warn' | 'danger';
  readonly icon: IconName;
  readonly actions: readonly ActionKind[];
}

const signIn: RefusalGuide = { tone: 'info', icon: 'person', actions: ['sign_in'] };
const signInAgain: RefusalGuide = { tone: 'info', icon: 'clock', actions: ['sign_in_again'] };
const confirm: RefusalGuide = { tone: 'info', icon: 'key', actions: ['confirm', 'try_again'] };
const closed: RefusalGuide = { tone: 'warn', icon: 'lock', actions: ['ask_access', 'check_again', 'apps'] };
const device: RefusalGuide = { tone: 'warn', icon: 'device', actions: ['check_again', 'device_page'] };
const unusable: RefusalGuide = { tone: 'warn', icon: 'question', actions: ['apps'] };
const ourFault: RefusalGuide = { tone: 'danger', icon: 'warning', actions: ['try_again'] };
const brokenApp: RefusalGuide = { tone: 'danger', icon: 'plug', actions: ['try_again'] };
const wait: RefusalGuide = { tone: 'info', icon: 'clock', actions: ['try_again'] };
const signInTrouble: RefusalGuide = { tone: 'warn', icon: 'person', actions: ['sign_in', 'apps'] };

/** One guide for each reason. */
export const refusalGuides: Readonly<Record<ReasonCode, RefusalGuide>> = {
  granted: { tone: 'info', icon: 'check', actions: ['try_again'] },
  public_route: { tone: 'info', icon: 'check', actions: ['try_again'] },
  preflight: { tone: 'info', icon: 'check', actions: ['apps'] },
  login_required: signIn,
  session_expired: signInAgain,
  session_revoked: { tone: 'warn', icon: 'person', actions: ['sign_in_again'] },
  step_up_required: confirm,
  reauth_required: confirm,
  account_locked: { tone: 'warn', icon: 'lock', actions: ['ask_help', 'check_again', 'apps'] },
  not_in_required_group: closed,
  wrong_account: { tone: 'warn', icon: 'person', actions: ['switch_account', 'check_again'] },
  explicit_deny: closed,
  method_not_granted: { tone: 'warn', icon: 'lock', actions: ['ask_access', 'apps'] },
  path_not_granted: closed,
  device_unknown: { tone: 'warn', icon: 'device', actions: ['open_with_certificate', 'device_page', 'check_again'] },
  device_not_compliant: device,
  posture_stale: device,
  posture_unavailable: { tone: 'danger', icon: 'device', actions: ['check_again'] },
  network_not_allowed: { tone: 'warn', icon: 'lock', actions: ['check_again', 'ask_help'] },
  outside_hours: { tone: 'info', icon: 'clock', actions: ['check_again', 'ask_access', 'apps'] },
  condition_not_met: closed,
  risk_too_high: { tone: 'warn', icon: 'lock', actions: ['sign_in_anew', 'ask_help', 'check_again'] },
  step_up_not_met: { tone: 'warn', icon: 'key', actions: ['ask_help', 'check_again'] },
  origin_not_allowed: { tone: 'warn', icon: 'lock', actions: ['open_app', 'apps'] },
  websocket_not_allowed: { tone: 'warn', icon: 'lock', actions: ['ask_help', 'apps'] },
  request_malformed: unusable,
  service_unknown: { tone: 'warn', icon: 'key', actions: ['ask_help', 'apps'] },
  credentials_conflict: { tone: 'warn', icon: 'question', actions: ['try_again', 'apps'] },
  sign_in_lost: signInTrouble,
  sign_in_refused: signInTrouble,
  cookies_missing: signInTrouble,
  route_unknown: unusable,
  request_too_large: { tone: 'warn', icon: 'warning', actions: ['apps'] },
  trailers_refused: unusable,
  rate_limited: wait,
  identity_too_large: { tone: 'warn', icon: 'warning', actions: ['ask_help', 'apps'] },
  upstream_busy: wait,
  idp_unavailable: ourFault,
  state_unavailable: ourFault,
  audit_unavailable: ourFault,
  policy_error: ourFault,
  shutting_down: wait,
  upstream_unreachable: brokenApp,
  upstream_timeout: brokenApp,
};
