import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { classifyProviderError } from '../../../src/identity/classify-provider-error.ts';

const response = (error: string) => ({ code: 'OAUTH_AUTHORIZATION_RESPONSE_ERROR', error });
const body = (error: string, status = 400) => ({ code: 'OAUTH_RESPONSE_BODY_ERROR', error, status });

describe('what a provider answered', () => {
  test.each([
    [response('access_denied'), 'cancelled'],
    [response('login_required'), 'proof_not_given'],
    [response('unmet_authentication_requirements'), 'proof_not_given'],
    [response('temporarily_unavailable'), 'unavailable'],
    [response('invalid_scope'), 'refused'],
    [body('invalid_grant'), 'code_not_accepted'],
    [body('invalid_client', 401), 'unavailable'],
    [body('anything', 503), 'unavailable'],
    [body('slow_down', 429), 'unavailable'],
    [{ code: 'OAUTH_TIMEOUT' }, 'unavailable'],
    [{ name: 'TypeError', message: 'fetch failed' }, 'unavailable'],
    [{ code: 'OAUTH_RESPONSE_IS_NOT_CONFORM', cause: { status: 502 } }, 'unavailable'],
    [{ code: 'OAUTH_RESPONSE_IS_NOT_CONFORM', cause: { status: 403 } }, 'refused'],
    [{ code: 'OAUTH_INVALID_RESPONSE' }, 'refused'],
    [{ code: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' }, 'refused'],
    [undefined, 'refused'],
    ['thrown text', 'refused'],
  ])('%j is %s', (thrown, problem) => {
    expect(classifyProviderError(thrown).problem).toBe(problem);
  });

  test('names the system’s reason when nobody answers', () => {
    const refused = { name: 'TypeError', cause: { code: 'ECONNREFUSED' } };
    expect(classifyProviderError(refused)).toEqual({ problem: 'unavailable', errorCode: 'ECONNREFUSED' });
    const odd = { name: 'TypeError', cause: { code: 'a secret\n' } };
    expect(classifyProviderError(odd).errorCode).toBe('fetch_failed');
  });

  test('is logged by codes alone, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string(), (error) => {
        expect(classifyProviderError(response(error)).errorCode).toMatch(/^[a-z_]{1,64}$/);
      }),
    );
  });
});
