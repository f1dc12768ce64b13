import { accept, type Parsed, refuse } from './parsed.ts';

/**
 * What a sign-in hangs on (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core 3.1.2.1): a value from elsewhere would open
 * it, or break it. `prompt` and `max_age` may be asked for; those of a step-up win.
 */
const settledBySignIn: ReadonlySet<string> = new Set([
  'acr_values',
  'claims',
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt',
  'id_token_hint',
  'nonce',
  'redirect_uri',
  'registration',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
]);

/** Reads the name of a parameter that a provider is sent beside those of every sign-in. */
export function parseAuthorizationParameter(text: string): Parsed<string> {
  if (!/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(text))
    return refuse('P019', 'is not the name of a parameter', 'write a name such as access_type');
  if (settledBySignIn.has(text.toLowerCase())) return refuse('P029', 'is settled by Postern', 'leave it out');
  return accept(text);
}
