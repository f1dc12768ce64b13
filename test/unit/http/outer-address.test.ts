import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { withOuterAddress } from '../../../src/http/outer-address.ts';

const address = {
  innerHosts: new Set(['10.0.0.5:8080', '10.0.0.5', 'app.internal']),
  origin: 'https://wiki.corp.example:8443',
};
const rewrite = (name: string, value: string) => withOuterAddress(name, value, address);

describe('an address in an answer', () => {
  test.each([
    ['http://10.0.0.5:8080/login?next=%2F#top', 'https://wiki.corp.example:8443/login?next=%2F#top'],
    ['https://APP.internal', 'https://wiki.corp.example:8443'],
    ['//app.internal/x', 'https://wiki.corp.example:8443/x'],
    ['http://app.internal?x=1', 'https://wiki.corp.example:8443/?x=1'],
    ['http:\\\\app.internal/x', 'https://wiki.corp.example:8443/x'],
    // The path alone would be another host's address.
    ['https://app.internal//evil.example/x', 'https://wiki.corp.example:8443//evil.example/x'],
  ])('is the outer one where it was the inner one: %s', (inner, outer) => {
    expect(rewrite('location', inner)).toBe(outer);
    expect(rewrite('content-location', inner)).toBe(outer);
    expect(rewrite('refresh', `5; url="${inner}"`)).toBe(`5; url="${outer}"`);
  });

  test.each([
    '/login',
    'login',
    '?x=1',
    '',
    'https://idp.corp.example/authorize',
    'https://app.internal.evil.example/',
    'https://app.internal@evil.example/',
    'https://evil.example/?u=https://app.internal/',
    'https://app.internal:9999/',
    'ftp://app.internal/',
    'javascript:alert(1)',
  ])('stays as it is where it is another one: %s', (value) => {
    expect(rewrite('location', value)).toBe(value);
    expect(rewrite('refresh', `0;url=${value}`)).toBe(`0;url=${value}`);
  });

  test('undoes what the route rewrites, for paths alone as well', () => {
    const moved = { ...address, rewrite: { strip: '/grafana', add: '/inner' } };
    const to = (value: string) => withOuterAddress('location', value, moved);
    expect(to('/inner/login?x')).toBe('/grafana/login?x');
    expect(to('/inner')).toBe('/grafana');
    expect(to('/inner?x')).toBe('/grafana?x');
    expect(to('http://app.internal/inner/a')).toBe('https://wiki.corp.example:8443/grafana/a');
    expect(to('/innermost')).toBe('/innermost');
    expect(to('//evil.example/inner')).toBe('//evil.example/inner');
    expect(to('login')).toBe('login');
    const mounted = { ...address, rewrite: { strip: '/grafana', add: '' } };
    expect(withOuterAddress('location', '/login', mounted)).toBe('/grafana/login');
    const deeper = { ...address, rewrite: { strip: '', add: '/app' } };
    expect(withOuterAddress('location', '/app', deeper)).toBe('/');
  });

  test.each(['/app//evil.example', '/app/\\evil.example', '/app/\t/evil.example', '/app/\t\\evil.example'])(
    'leads to no other host where a prefix is taken away: %j',
    (location) => {
      const deeper = { ...address, rewrite: { strip: '', add: '/app' } };
      for (const inner of [location, `https://app.internal${location}`]) {
        const outer = withOuterAddress('location', inner, deeper);
        expect(new URL(outer, address.origin).origin).toBe(address.origin);
      }
    },
  );

  test('is read in one pass, however long and hollow the header is', () => {
    const hollow = `a${' '.repeat(2 ** 19)}b`;
    for (const value of [`1;url=${hollow}`, `1;url="${hollow}`, `${' '.repeat(2 ** 19)}x`])
      expect(rewrite('refresh', value)).toBe(value);
    expect(rewrite('refresh', `1; url='https://app.internal/x'  `)).toBe(`1; url='${address.origin}/x'`);
  });

  test('is looked for in no other header', () => {
    for (const name of ['link', 'x-location', 'etag']) {
      expect(rewrite(name, 'https://app.internal/')).toBe('https://app.internal/');
    }
    expect(rewrite('refresh', '5')).toBe('5');
  });

  test('of a cookie goes, so that the cookie is for the host that was asked', () => {
    expect(rewrite('set-cookie', 'a=b; Domain=.app.internal; Path=/; Secure')).toBe('a=b; Path=/; Secure');
    expect(rewrite('set-cookie', 'domain=app.internal; Path=/')).toBe('domain=app.internal; Path=/');
    expect(rewrite('set-cookie', 'a=b;domain = APP.internal')).toBe('a=b');
    expect(rewrite('set-cookie', 'a=b; Domain=corp.example')).toBe('a=b; Domain=corp.example');
  });

  test('never becomes one of a host that is neither the outer one nor was there', () => {
    const piece = fc.constantFrom(
      'https:',
      'http:',
      '//',
      '/',
      '\\',
      'app.internal',
      '10.0.0.5',
      ':8080',
      '@',
      'evil.example',
      '?',
      '#',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const value = pieces.join('');
        const rewritten = rewrite('location', value);
        if (rewritten === value) return;
        expect(new URL(rewritten).origin).toBe(address.origin);
      }),
      { numRuns: 2000 },
    );
  });
});
