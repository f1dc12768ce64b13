import { describe, expect, test } from '@jest/globals';
import { buildResponseHeaders, buildResponseTrailers } from '../../../src/http/response-headers.ts';

function build(headers: Record<string, string | string[]>, status = 200, canHaveTrailers = true): string[] {
  return buildResponseHeaders({
    headers,
    status,
    canHaveTrailers,
    isOwnSetCookie: (value) => value.startsWith('__Host-postern'),
  });
}

describe('the headers of an app’s answer', () => {
  test('lose what belongs to one hop and what Connection names, and gain nothing', () => {
    const headers = {
      connection: 'close, X-Internal',
      'keep-alive': 'timeout=5',
      'transfer-encoding': 'chunked',
      'proxy-authenticate': 'Basic',
      upgrade: 'h2c',
      'x-internal': '1',
      'postern-decision-id': 'dec_forged',
      'x-app': '1',
    };
    expect(build(headers)).toEqual(['x-app', '1']);
  });

  test('keep every cookie but ours, in order', () => {
    const headers = { 'set-cookie': ['a=1', '__Host-postern=stolen; Secure', 'b=2'] };
    expect(build(headers)).toEqual(['set-cookie', 'a=1', 'set-cookie', 'b=2']);
    expect(build({ 'set-cookie': '__Host-postern=' })).toEqual([]);
  });

  test('announce trailers only where they can follow, and no length where there is no body', () => {
    expect(build({ trailer: 'X-Sum' })).toEqual(['trailer', 'X-Sum']);
    expect(build({ trailer: 'X-Sum' }, 200, false)).toEqual([]);
    expect(build({ 'content-length': '0' }, 204)).toEqual([]);
  });
});

test('trailers keep their order and lose what may not come after the body', () => {
  expect(buildResponseTrailers({})).toBeUndefined();
  expect(buildResponseTrailers({ 'set-cookie': 'a=1', 'content-length': '9', 'x-sum': ['1', '2'] })).toEqual([
    ['x-sum', '1'],
    ['x-sum', '2'],
  ]);
});
