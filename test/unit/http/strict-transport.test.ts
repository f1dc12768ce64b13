import { describe, expect, test } from '@jest/globals';
import { buildAnswerHeaders } from '../../../src/http/answer-headers.ts';
import { strictTransport } from '../../../src/http/strict-transport.ts';

describe('Strict-Transport-Security', () => {
  test.each([
    ['https', 'auth.corp.example', 'max-age=31536000'],
    ['http', 'auth.corp.example', undefined],
    ['https', 'auth.localhost', undefined],
    ['https', 'localhost', undefined],
    ['https', 'notlocalhost', 'max-age=31536000'],
  ] as const)('of %s on %s is %s', (scheme, host, value) => {
    expect(strictTransport(scheme, host)).toBe(value);
  });

  test('stands in an answer of ours where it applies', () => {
    const answer = { decisionId: 'dec_x' as never, reason: 'granted' } as const;
    expect(buildAnswerHeaders({ ...answer, strictTransport: 'max-age=1' })).toContain('Strict-Transport-Security');
    expect(buildAnswerHeaders(answer)).not.toContain('Strict-Transport-Security');
  });
});
