/** What a 401 to a client without a usable session says (RFC 6750 §3). */
export interface BearerChallenge {
  /** `invalid_token` when something was shown that does not count any more; absent when nothing was shown. */
  readonly error?: 'invalid_token' | 'invalid_request' | undefined;
  readonly description?: string | undefined;
  /** RFC 9728: where clients find the authorization server. */
  readonly resourceMetadata?: string | undefined;
}

/** A quoted-string (RFC 9110 §5.6.4) of the characters that RFC 6750 §3 allows in an `error_description`. */
function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?')}"`;
}

function join(scheme: string, parameters: readonly (readonly [string, string | undefined])[]): string {
  const written = parameters.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${quote(value)}`]));
  return `${scheme} ${written.join(', ')}`;
}

/** The value of `WWW-Authenticate` for `login_required`, `session_expired` and `session_revoked`. */
export function challengeToSignIn(challenge: BearerChallenge = {}): string {
  return join('Bearer', [
    ['realm', 'postern'],
    ['error', challenge.error],
    ['error_description', challenge.description],
    ['resource_metadata', challenge.resourceMetadata],
  ]);
}

/** The value of `WWW-Authenticate` for programs that can only send a user and a password (RFC 7617): without it git asks for none. */
export const challengeForPassword = 'Basic realm="postern", charset="UTF-8"';

/** What a 401 asks for when the session is fine and its proof is not enough (RFC 9470 §3). */
export interface StepUpChallenge {
  readonly description: string;
  /** In order of preference. */
  readonly acrValues?: readonly string[] | undefined;
  /** Whole seconds, not negative. */
  readonly maxAgeSeconds?: number | undefined;
}

/** The value of `WWW-Authenticate` for `step_up_required` and `reauth_required`. */
export function challengeToStepUp(challenge: StepUpChallenge): string {
  const acrValues = challenge.acrValues ?? [];
  return join('Bearer', [
    ['realm', 'postern'],
    ['error', 'insufficient_user_authentication'],
    ['error_description', challenge.description],
    ['acr_values', acrValues.length === 0 ? undefined : acrValues.join(' ')],
    [
      'max_age',
      challenge.maxAgeSeconds === undefined ? undefined : String(Math.max(0, Math.floor(challenge.maxAgeSeconds))),
    ],
  ]);
}
