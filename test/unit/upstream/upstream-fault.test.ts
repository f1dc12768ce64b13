import { describe, expect, test } from '@jest/globals';
import { Fault } from '../../../src/decision/fault.ts';
import { resultOfFault, toUpstreamFault } from '../../../src/upstream/upstream-fault.ts';

function withCode(code: string): Error {
  return Object.assign(new Error('any text'), { code });
}

describe('what went wrong with an upstream', () => {
  test.each([
    ['ECONNREFUSED', 'connecting', 'upstream_unreachable', 'connect_error'],
    ['ENOTFOUND', 'connecting', 'upstream_unreachable', 'connect_error'],
    ['CERT_HAS_EXPIRED', 'connecting', 'upstream_unreachable', 'tls_error'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'connecting', 'upstream_unreachable', 'tls_error'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'connecting', 'upstream_unreachable', 'tls_error'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connecting', 'upstream_timeout', 'timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', 'waiting', 'upstream_timeout', 'timeout'],
    ['UND_ERR_SOCKET', 'waiting', 'upstream_broken', 'reset'],
    ['ECONNRESET', 'waiting', 'upstream_broken', 'reset'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'waiting', 'upstream_broken', 'tls_error'],
    ['UND_ERR_INVALID_ARG', 'connecting', 'internal', 'reset'],
  ] as const)('%s while %s is %s, counted as %s', (code, phase, faultCode, result) => {
    const fault = toUpstreamFault(withCode(code), phase, 'https://app.internal');
    expect(fault.code).toBe(faultCode);
    expect(resultOfFault(fault)).toBe(result);
  });

  test('is told by code alone, also for things that are no errors', () => {
    for (const thrown of [undefined, null, 'text', { code: 5 }, {}]) {
      expect(toUpstreamFault(thrown, 'connecting', 'https://app.internal').code).toBe('upstream_unreachable');
    }
  });

  test('is not counted against the upstream when the client was at fault', () => {
    expect(resultOfFault(new Fault('request_too_large', 'x'))).toBe('client_gone');
  });
});
