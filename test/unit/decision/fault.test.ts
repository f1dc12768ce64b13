import { describe, expect, test } from '@jest/globals';
import { Fault, reasonForFault, toFault } from '../../../src/decision/fault.ts';
import { reasonCatalogue, reasonCodes } from '../../../src/decision/reason.ts';

describe('a fault', () => {
  test('says by its code what went wrong, and keeps what it came from', () => {
    const cause = new Error('The disk is gone.');
    const fault = new Fault('state_unavailable', 'The state cannot be read.', { cause });
    expect(fault).toMatchObject({
      name: 'Fault',
      code: 'state_unavailable',
      message: 'The state cannot be read.',
      cause,
    });
  });

  test('passes the door as it is; whatever else was thrown becomes one, with what it was', () => {
    const fault = new Fault('client_gone', 'The client went away.');
    expect(toFault(fault)).toBe(fault);
    for (const thrown of [new TypeError('x is undefined'), 'a text', undefined])
      expect(toFault(thrown)).toMatchObject({
        code: 'internal',
        message: 'Something unexpected happened.',
        cause: thrown,
      });
  });

  test.each([
    ['state_unavailable', 'state_unavailable'],
    ['state_unwritable', 'state_unavailable'],
    ['state_corrupt', 'state_unavailable'],
    ['audit_unavailable', 'audit_unavailable'],
    ['idp_unavailable', 'idp_unavailable'],
    ['upstream_unreachable', 'upstream_unreachable'],
    ['upstream_busy', 'upstream_busy'],
    ['upstream_timeout', 'upstream_timeout'],
    ['upstream_broken', 'upstream_unreachable'],
    ['request_too_large', 'request_too_large'],
    ['request_trailers', 'trailers_refused'],
    ['internal', 'policy_error'],
    ['config_invalid', 'policy_error'],
    ['state_conflict', 'policy_error'],
    ['client_gone', 'policy_error'],
    ['idp_refused', 'policy_error'],
  ] as const)('%s is told as %s', (code, reason) => {
    expect(reasonForFault(new Fault(code, 'It went wrong.'))).toBe(reason);
  });

  test('is never told as something that opens', () => {
    expect(reasonCatalogue[reasonForFault(new Fault('internal', 'It went wrong.'))].status).toBe(503);
  });
});

describe('the catalogue of reasons', () => {
  test('has a yes only for what was granted, for what is open to all, and for a preflight', () => {
    expect(reasonCodes.filter((code) => reasonCatalogue[code].status < 400)).toEqual([
      'granted',
      'public_route',
      'preflight',
    ]);
  });

  test('has 401 only where a person can prove something, 5xx only where nobody outside can mend it', () => {
    const withStatus = (matches: (status: number) => boolean) =>
      reasonCodes.filter((code) => matches(reasonCatalogue[code].status));
    expect(withStatus((status) => status === 401)).toEqual([
      'login_required',
      'session_expired',
      'session_revoked',
      'step_up_required',
      'reauth_required',
      'service_unknown',
    ]);
    for (const code of withStatus((status) => status >= 500)) expect(reasonCatalogue[code].remedy).not.toBe('user');
  });
});
