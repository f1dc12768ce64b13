import { describe, expect, test } from '@jest/globals';
import { limitKeyOf } from '../../../src/http/limit-attempts.ts';
import { isNavigation } from '../../../src/identity/client-form.ts';
import { keepsSecureCookies } from '../../../src/identity/secure-context.ts';

describe('an origin', () => {
  test.each([
    ['https://auth.corp.example', true],
    ['http://auth.localhost:4180', true],
    ['http://localhost', true],
    ['http://auth.corp.example', false],
    ['http://localhost.corp.example', false],
    ['http://evillocalhost', false],
    ['http://127.0.0.1', false],
  ])('%s keeps Secure cookies: %s', (origin, keeps) => {
    expect(keepsSecureCookies(origin)).toBe(keeps);
  });
});

describe('an address', () => {
  test('counts as itself in IPv4 and as its /64 in IPv6', () => {
    expect(limitKeyOf('192.0.2.1')).toBe('192.0.2.1');
    expect(limitKeyOf('2001:db8:1:2::1')).toBe(limitKeyOf('2001:db8:1:2:ffff::9'));
    expect(limitKeyOf('2001:db8:1:2::1')).not.toBe(limitKeyOf('2001:db8:1:3::1'));
  });
});

describe('a request', () => {
  test.each([
    ['GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, true],
    ['GET', {}, true],
    ['HEAD', {}, false],
    ['POST', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, false],
    ['GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, false],
    ['GET', { 'sec-fetch-mode': 'cors' }, false],
    ['GET', { 'x-requested-with': 'XMLHttpRequest' }, false],
    ['GET', { authorization: 'Bearer x' }, false],
    ['GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch;prerender' }, false],
  ])('%s with %j is a person going somewhere: %s', (method, headers, is) => {
    expect(isNavigation(method, headers)).toBe(is);
  });
});
