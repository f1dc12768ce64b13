import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  clearAttempt,
  clearCredential,
  isOwnSetCookie,
  readAttempt,
  readCredential,
  removeOwnCookies,
  setAttempt,
  setCredential,
} from '../../../src/sessions/host-credential.ts';
import { mintSecret } from '../../../src/state/secret.ts';

// They stand in the titles, which are to be the same in every run.
const secretOf = (byte: number) => mintSecret((count) => Buffer.alloc(count, byte));
const secret = secretOf(1);
const other = secretOf(2);

describe('the credential of a host', () => {
  test.each([
    `__Host-postern=${secret}`,
    `a=1; __Host-postern=${secret}`,
    `a=1;__Host-postern=${secret};b=2`,
    ` \t__Host-postern=${secret} ; b=2`,
    `x__Host-postern=${other}; __Host-postern=${secret}`,
    `x=__Host-postern=${other}; __Host-postern=${secret}`,
    `__Host-postern-attempt=${other}; __Host-postern=${secret}`,
    `__Host-postern=${secret}; __Host-postern=${secret}`,
  ])('is read from %s', (header) => {
    expect(readCredential(header)).toBe(secret);
  });

  test.each([
    undefined,
    '',
    `__Host-postern=${secret}; __Host-postern=${other}`,
    `__Host-postern=; __Host-postern=${secret}`,
    `__Host-postern="${secret}"`,
    `__Host-postern=${secret}x`,
    `__Host-postern=${secret.slice(1)}`,
    `__Host-postern=${secret.slice(1)}%`,
    `__host-postern=${secret}`,
    `__Host-postern =${secret}`,
    `postern=${secret}`,
    `__Host-postern-attempt=${secret}`,
    `x=__Host-postern=${secret}`,
  ])('is not there in %s', (header) => {
    expect(readCredential(header)).toBeUndefined();
  });

  test('and the attempt do not stand for each other', () => {
    expect(readAttempt(`__Host-postern=${secret}; __Host-postern-attempt=${other}`)).toBe(other);
    expect(readAttempt(`__Host-postern=${secret}`)).toBeUndefined();
  });

  test('is read from any header without a throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (header) => {
        readCredential(header);
        removeOwnCookies(header);
        isOwnSetCookie(header);
      }),
    );
  });
});

describe('a cookie of ours', () => {
  test('is Secure, HttpOnly, Lax, for the whole host and for no domain', () => {
    expect(setCredential(secret, 1_999)).toBe(
      `__Host-postern=${secret}; Max-Age=1; Path=/; HttpOnly; Secure; SameSite=Lax`,
    );
    expect(setAttempt(secret, 600_000)).toBe(
      `__Host-postern-attempt=${secret}; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax`,
    );
    expect(clearCredential()).toBe('__Host-postern=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax');
    expect(clearAttempt()).toBe('__Host-postern-attempt=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax');
  });

  test.each([
    ['a=1; b=2', 'a=1; b=2'],
    ['', ''],
    [`__Host-postern=${secret}`, undefined],
    [`__Host-postern=${secret}; __Host-postern-attempt=x;`, undefined],
    [`__Host-postern=${secret}; a=1`, 'a=1'],
    [`a=1; __Host-postern=${secret}`, 'a=1'],
    [`a=1; __Host-postern=${secret}; b=2`, 'a=1; b=2'],
    [`a=1;__HOST-POSTERN=${secret};b=2`, 'a=1;b=2'],
    [`a=1; __Host-postern-sso=x; __host-Postern=y;  b="2;3"`, 'a=1;  b="2;3"'],
    [`a=1; =__Host-postern=${secret}; b`, 'a=1; b'],
    [`a=__Host-postern=1; x__Host-postern=2`, `a=__Host-postern=1; x__Host-postern=2`],
    ['a=1; __Host-postern', 'a=1'],
    ['a=1;\t__Host-postern =1', 'a=1'],
  ])('is removed from %s, which leaves %s', (header, left) => {
    expect(removeOwnCookies(header)).toBe(left);
  });

  test('never remains, and what is not ours stays byte for byte in its order', () => {
    const pair = fc.oneof(
      fc.record({ text: fc.stringMatching(/^[a-zA-Z_]{1,6}=[ -:<-~]{0,8}[!-:<-~]$/), isOwn: fc.constant(false) }),
      fc.record({
        text: fc.constantFrom('__Host-postern=a', '__host-POSTERN-attempt=b', '__Host-posternx=c'),
        isOwn: fc.constant(true),
      }),
    );
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1 }), (pairs) => {
        const left = removeOwnCookies(pairs.map(({ text }) => text).join('; '));
        const expected = pairs.filter(({ isOwn }) => !isOwn).map(({ text }) => text);
        expect(left).toBe(expected.length === 0 ? undefined : expected.join('; '));
      }),
    );
  });

  test.each([
    ['__Host-postern=evil; Path=/; Secure', true],
    ['__host-postern-attempt=evil', true],
    [' \t__Host-Postern=evil', true],
    ['=__Host-postern=evil', true],
    ['__Host-other=1', false],
    ['a=__Host-postern=1', false],
    ['', false],
  ])('set by an upstream as %s is known: %s', (value, isOwn) => {
    expect(isOwnSetCookie(value)).toBe(isOwn);
  });
});
