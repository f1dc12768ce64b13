import type { ReasonCode } from '../../decision/reason.ts';
import type { ReasonText } from './reason-text.ts';

/** What each reason is called and says in English. */
export const englishReasons = {
  granted: {
    title: 'Access granted',
    headline: 'You can open {app}',
    detail: 'Nothing stands in the way.',
  },
  public_route: {
    title: 'Open to everyone',
    headline: '{App} is open to everyone',
    detail: 'No sign-in is needed.',
  },
  preflight: {
    title: 'Cross-site question answered',
    headline: 'A question about {app} was answered',
    detail: 'A browser asked in advance whether another site may call {app}.',
  },

  login_required: {
    title: 'Sign-in needed',
    headline: 'Sign in to continue to {app}',
    detail: '{App} opens for people who are signed in. After that you come back to where you were.',
  },
  session_expired: {
    title: 'You were signed out',
    headline: 'You were signed out of {app}',
    detail:
      'Your session was not used for a while, or had lasted as long as it may. Sign in again to continue where you were.',
  },
  session_revoked: {
    title: 'Your session was ended',
    headline: 'Your session was ended',
    detail:
      'You, an administrator or a safety rule ended it early. Sign in again to continue to {app}. If this surprises you, tell your IT team.',
  },
  step_up_required: {
    title: 'One more proof is needed',
    headline: '{App} asks you to confirm that it’s you',
    detail: 'You are signed in, but {app} needs a stronger or more recent proof, such as a passkey or a code.',
  },
  reauth_required: {
    title: 'Your last proof is too old',
    headline: '{App} asks you to confirm again that it’s you',
    detail: 'You have proved who you are, but longer ago than {app} allows. Confirm it once more to continue.',
  },

  account_locked: {
    title: 'Access is paused',
    headline: 'Your access is paused',
    detail:
      'An administrator, or a rule that protects your account, has paused it. Nothing is lost. If you don’t know why, ask your IT team and give them the details below.',
  },
  not_in_required_group: {
    title: 'Your account is not on the list',
    headline: 'Your account isn’t on the list for {app}',
    detail: 'You are signed in, but {app} has not been opened for this account.',
  },
  wrong_account: {
    title: 'This is not the right account',
    headline: '{App} is for a different account',
    detail: 'You are signed in with an account that {app} is not meant for. Switch to the one that you use for it.',
  },
  explicit_deny: {
    title: 'A rule keeps this closed',
    headline: '{App} is closed for you',
    detail: 'A rule keeps {app} closed for this account or this device.',
  },
  method_not_granted: {
    title: 'You may not do this here',
    headline: 'You can’t do this in {app}',
    detail: 'You may open parts of {app}, but not do what was just tried. Nothing was changed.',
  },
  path_not_granted: {
    title: 'This part is not open to you',
    headline: 'This part of {app} isn’t open to you',
    detail: 'Other parts of {app} may well be.',
  },
  device_unknown: {
    title: 'This device is not known',
    headline: 'You can’t open {app} from this device',
    detail:
      'We don’t recognise this device. {App} opens only on devices that your company looks after: use one of those, or have this one set up.',
  },
  device_not_compliant: {
    title: 'This device needs a change first',
    headline: 'You can’t open {app} yet',
    detail: 'This device needs a change first. Make it, then check again.',
  },
  posture_stale: {
    title: 'This device has not checked in lately',
    headline: 'You can’t open {app} yet',
    detail:
      'We have not heard from this device for too long. Connect it, let its device agent check in, then check again.',
  },
  posture_unavailable: {
    title: 'Devices can’t be checked right now',
    headline: 'We can’t check devices right now',
    detail:
      '{App} opens only on devices that were checked, and the check isn’t answering. You have done nothing wrong. Try again in a few minutes.',
  },
  network_not_allowed: {
    title: 'Not available from this network',
    headline: '{App} isn’t available from this network',
    detail: 'Connect to your company’s network or VPN, then check again.',
  },
  outside_hours: {
    title: 'Closed at this time',
    headline: '{App} is closed at this time',
    detail: 'It opens at set hours only. Come back then, or ask its owner.',
  },
  condition_not_met: {
    title: 'A condition is not met',
    headline: '{App} isn’t open to you right now',
    detail: 'It opens only under certain conditions, and one of them doesn’t hold for you or for this request.',
  },
  risk_too_high: {
    title: 'Paused because of unusual activity',
    headline: '{App} is paused to protect your account',
    detail:
      'Something about this session is unusual. If you can’t explain it, tell your IT team now. Otherwise sign out and sign in again, which proves that it’s you, or check again later.',
  },
  step_up_not_met: {
    title: 'The proof was not confirmed',
    headline: '{App} didn’t get the proof that it needs',
    detail:
      'You signed in, but your sign-in provider did not confirm the stronger or fresher proof that {app} asks for. An administrator has to change that: send them the details below.',
  },
  origin_not_allowed: {
    title: 'Another site may not do this',
    headline: 'Another website can’t use {app} for you',
    detail: 'A page of another website tried to reach {app}. Open {app} itself instead.',
  },
  websocket_not_allowed: {
    title: 'Live connections are switched off',
    headline: '{App} takes no live connections',
    detail: 'Live updates (WebSockets) are switched off for {app}.',
  },

  request_malformed: {
    title: 'The request could not be read',
    headline: 'We can’t read this address or request',
    detail:
      'Part of it isn’t valid, so it was not sent on. Look for stray characters, or go back and follow the link again.',
  },
  service_unknown: {
    title: 'This token is not known',
    headline: 'This service is not known here',
    detail: 'The token or certificate belongs to no service of the configuration. Ask an administrator for a new one.',
  },
  credentials_conflict: {
    title: 'Two kinds of credentials at once',
    headline: 'This request says twice who is asking',
    detail: 'It carries more than one kind of credential. Send either the browser’s session or a token, never both.',
  },
  sign_in_lost: {
    title: 'The sign-in got lost',
    headline: 'That sign-in took too long or was finished in another tab',
    detail: 'No harm was done. Start it once more from here.',
  },
  sign_in_refused: {
    title: 'The sign-in was not accepted',
    headline: 'Your sign-in wasn’t accepted',
    detail: 'The sign-in provider answered, but we can’t accept its answer. Try once more.',
  },
  cookies_missing: {
    title: 'A cookie is missing',
    headline: 'Your browser didn’t keep a cookie that sign-in needs',
    detail: 'Allow cookies for this site, or leave private browsing, then try again.',
  },
  route_unknown: {
    title: 'There is no app here',
    headline: 'There’s no app here that you can open',
    detail: 'Check the address, or choose from the list of your apps.',
  },
  request_too_large: {
    title: 'This is too large',
    headline: 'That was too large to send',
    detail: 'The file or form is larger than {app} takes. Go back, make it smaller, then send it again.',
  },
  trailers_refused: {
    title: 'This way of sending is not supported',
    headline: 'That cannot be sent this way',
    detail: 'It has trailers behind its body, which {app} would not get. Send it without trailers.',
  },
  rate_limited: {
    title: 'Too many attempts',
    headline: 'That was too many attempts',
    detail: 'Wait a minute, then try again.',
  },

  idp_unavailable: {
    title: 'Sign-in is down',
    headline: 'Sign-in isn’t working right now',
    detail: 'The sign-in service isn’t answering. Apps that you have open go on working. Try again in a few minutes.',
  },
  state_unavailable: {
    title: 'Sessions can’t be checked right now',
    headline: 'We can’t check your session right now',
    detail:
      'A part of the gateway isn’t answering, so access is paused to be safe. You have not been signed out. Try again in a minute.',
  },
  audit_unavailable: {
    title: 'Access can’t be recorded right now',
    headline: 'We can’t record access right now',
    detail: 'Access to {app} has to be recorded, and the record can’t be written. Try again in a few minutes.',
  },
  policy_error: {
    title: 'Something is wrong on our side',
    headline: 'Something is wrong on our side',
    detail: 'Access is paused to be safe. You have done nothing wrong. Try again in a few minutes.',
  },
  shutting_down: {
    title: 'The gateway is restarting',
    headline: 'The gateway is restarting',
    detail: 'Try again in a few seconds.',
  },
  identity_too_large: {
    title: 'You are in too many groups for this app',
    headline: '{App} can’t be told of all your groups',
    detail:
      'You are allowed in, but the list of your groups is longer than {app} takes. You can’t change that; whoever looks after the app can.',
  },
  upstream_busy: {
    title: 'The app has too much to do',
    headline: '{App} has too much to do right now',
    detail: 'You and the gateway are fine, but too many requests are waiting for {app}. Try again in a moment.',
  },
  upstream_unreachable: {
    title: 'The app is not answering',
    headline: '{App} isn’t answering',
    detail: 'You and the gateway are fine, but {app} can’t be reached. Try again in a moment.',
  },
  upstream_timeout: {
    title: 'The app took too long',
    headline: '{App} took too long to answer',
    detail: 'You and the gateway are fine, but no answer came from {app} in time. Try again in a moment.',
  },
} as const satisfies Record<ReasonCode, ReasonText>;
