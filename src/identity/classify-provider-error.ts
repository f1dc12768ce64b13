/** What became of a provider's answer that was not the token we hoped for. */
export type ProviderProblem =
  /** It did not answer, or answered that it cannot now. Existing sessions go on. */
  | 'unavailable'
  /** The person said no, or went away. */
  | 'cancelled'
  /** The proof that was asked for could not be had. */
  | 'proof_not_given'
  /** The code was spent, expired, or made for somebody else's attempt. */
  | 'code_not_accepted'
  /** The provider's answer failed a check, or the provider turned the person down. */
  | 'refused';

/** A problem together with what may be logged about it. */
export interface ClassifiedProblem {
  readonly problem: ProviderProblem;
  /** The protocol's error code, or the library's. Never a parameter, description or body. */
  readonly errorCode: string;
}

const responseErrors: Readonly<Record<string, ProviderProblem>> = {
  access_denied: 'cancelled',
  login_required: 'proof_not_given',
  interaction_required: 'proof_not_given',
  account_selection_required: 'proof_not_given',
  consent_required: 'proof_not_given',
  unmet_authentication_requirements: 'proof_not_given',
  server_error: 'unavailable',
  temporarily_unavailable: 'unavailable',
};

const tokenErrors: Readonly<Record<string, ProviderProblem>> = {
  invalid_grant: 'code_not_accepted',
  // A client that is not known or not trusted is for the admin to mend: nobody can sign in meanwhile.
  invalid_client: 'unavailable',
  unauthorized_client: 'unavailable',
};

/** Sorts what openid-client threw, by its codes alone. What is not known is a refusal. */
export function classifyProviderError(thrown: unknown): ClassifiedProblem {
  const { code, error, status, name, causeStatus, causeCode } = partsOf(thrown);
  if (code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR' && error !== undefined) {
    return { problem: responseErrors[error] ?? 'refused', errorCode: loggable(error) };
  }
  if (code === 'OAUTH_RESPONSE_BODY_ERROR' && error !== undefined) {
    const problem = isOverloaded(status) ? 'unavailable' : (tokenErrors[error] ?? 'refused');
    return { problem, errorCode: loggable(error) };
  }
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT') return { problem: 'unavailable', errorCode: code };
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' || code === 'OAUTH_RESPONSE_IS_NOT_JSON') {
    const problem = isOverloaded(causeStatus) || code === 'OAUTH_RESPONSE_IS_NOT_JSON' ? 'unavailable' : 'refused';
    return { problem, errorCode: code };
  }
  // The fetch of Node rejects with a TypeError without a code when nobody answers; its cause has the system's code.
  if (code === undefined && name === 'TypeError') return { problem: 'unavailable', errorCode: systemCode(causeCode) };
  // What the library threw by itself has a code; what its fetch threw is the cause.
  return { problem: 'refused', errorCode: code ?? (causeCode === undefined ? 'unknown' : systemCode(causeCode)) };
}

function isOverloaded(status: number | undefined): boolean {
  return status !== undefined && (status >= 500 || status === 429);
}

function loggable(error: string): string {
  return /^[a-z_]{1,64}$/.test(error) ? error : 'other';
}

/** `ECONNREFUSED`, `ENOTFOUND`, `DEPTH_ZERO_SELF_SIGNED_CERT`: what an administrator needs to mend it. */
function systemCode(code: string | undefined): string {
  return code !== undefined && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : 'fetch_failed';
}

interface ErrorParts {
  readonly code: string | undefined;
  readonly error: string | undefined;
  readonly status: number | undefined;
  readonly name: string | undefined;
  readonly causeStatus: number | undefined;
  readonly causeCode: string | undefined;
}

function partsOf(thrown: unknown): ErrorParts {
  return {
    code: field(thrown, 'code', isText),
    error: field(thrown, 'error', isText),
    status: field(thrown, 'status', isNumber),
    name: field(thrown, 'name', isText),
    causeStatus: field(field(thrown, 'cause', isAnything), 'status', isNumber),
    causeCode: field(field(thrown, 'cause', isAnything), 'code', isText),
  };
}

function field<Value>(of: unknown, name: string, is: (value: unknown) => value is Value): Value | undefined {
  if (typeof of !== 'object' || of === null || !(name in of)) return undefined;
  const value: unknown = Reflect.get(of, name);
  return is(value) ? value : undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isAnything = (_value: unknown): _value is unknown => true;
