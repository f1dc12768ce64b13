import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DecisionId } from '../../../src/decision/decision-id.ts';
import { reasonCodes } from '../../../src/decision/reason.ts';
import { buildAnswerHeaders, proxyErrorOf } from '../../../src/http/answer-headers.ts';
import { challengeToSignIn, challengeToStepUp } from '../../../src/http/challenge.ts';
import { buildProblem } from '../../../src/pages/problem.ts';

const decisionId = 'dec_01JX3V8K0000000000000000000' as DecisionId;

describe('an answer of our own', () => {
  test('is not cached, not sniffed, and says whose it is', () => {
    const flat = buildAnswerHeaders({ decisionId, reason: 'device_not_compliant' });
    expect(flat).toEqual(expect.arrayContaining(['no-store', decisionId, 'nosniff', 'no-referrer']));
    expect(flat).toContain('postern; error=http_request_denied; details="device_not_compliant"');
    expect(flat.length % 2).toBe(0);
  });

  test('can be read by a script of a listed origin only', () => {
    expect(buildAnswerHeaders({ decisionId, reason: 'login_required' })).not.toContain('Access-Control-Allow-Origin');
    const flat = buildAnswerHeaders({ decisionId, reason: 'login_required', corsOrigin: 'https://portal.example' });
    expect(flat).toContain('https://portal.example');
    expect(flat.find((text) => text.endsWith(', Origin'))).toBeDefined();
  });

  test('has a proxy error for every reason but a yes', () => {
    const without = reasonCodes.filter((reason) => proxyErrorOf(reason) === undefined);
    expect(without).toEqual(['granted', 'public_route', 'preflight']);
  });
});

describe('a challenge', () => {
  test('names what is asked for (RFC 9470)', () => {
    expect(
      challengeToStepUp({ description: 'A passkey is needed', acrValues: ['phr', 'phrh'], maxAgeSeconds: 900.7 }),
    ).toBe(
      'Bearer realm="postern", error="insufficient_user_authentication", error_description="A passkey is needed", acr_values="phr phrh", max_age="900"',
    );
    expect(challengeToSignIn()).toBe('Bearer realm="postern"');
  });

  test('stays one header with one set of quotes, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (description) => {
        const value = challengeToSignIn({ error: 'invalid_token', description });
        expect(value).toMatch(
          /^Bearer realm="postern", error="invalid_token", error_description="[\x20-\x21\x23-\x5b\x5d-\x7e]*"$/,
        );
      }),
    );
  });
});

test('a problem has the reason as its code and snake_case names', () => {
  const problem = buildProblem({
    reason: 'step_up_required',
    status: 401,
    title: 'More proof needed',
    detail: 'Confirm with a passkey.',
    decisionId,
    stepUpUrl: 'https://auth.example/x',
    maxAgeSeconds: 900,
    checks: [{ check: 'disk_encrypted', result: 'fail', asOfMs: 0, helpUrl: 'https://help.example' }],
  });
  expect(JSON.parse(problem)).toEqual({
    type: 'https://postern.example/problems/step-up-required',
    title: 'More proof needed',
    status: 401,
    detail: 'Confirm with a passkey.',
    instance: `urn:postern:decision:${decisionId}`,
    code: 'step_up_required',
    decision_id: decisionId,
    step_up_url: 'https://auth.example/x',
    max_age: 900,
    checks: [{ id: 'disk_encrypted', result: 'fail', as_of: '1970-01-01T00:00:00.000Z', help: 'https://help.example' }],
  });
});
