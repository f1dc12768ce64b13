import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAuthorizationParameter } from '../../../src/config/values/authorization-parameter.ts';
import { formatByteSize, parseByteSize } from '../../../src/config/values/byte-size.ts';
import { parseCanonicalPath } from '../../../src/config/values/canonical-path.ts';
import { closest } from '../../../src/config/values/closest.ts';
import { formatDuration, parseDuration } from '../../../src/config/values/duration.ts';
import { parseHeaderValue, parseRequestHeaderName } from '../../../src/config/values/header.ts';
import { parseListenAddress } from '../../../src/config/values/listen-address.ts';
import { parseRequirement } from '../../../src/config/values/requirement.ts';
import {
  parseCorsOrigin,
  parseIssuer,
  parseLink,
  parseRouteOrigin,
  parseUpstream,
} from '../../../src/config/values/web-address.ts';
import { canonicalDomain, canonicalEmail } from '../../../src/policy/canonical-email.ts';

describe('durations and sizes', () => {
  test('what is written can be read again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1_000), 0, Number.MAX_SAFE_INTEGER)).toEqual({
          ok: true,
          value: seconds * 1_000,
        });
        expect(parseByteSize(formatByteSize(seconds), 0, Number.MAX_SAFE_INTEGER)).toEqual({
          ok: true,
          value: seconds,
        });
      }),
    );
  });

  test.each(['', '1', '1ms', '1.5h', '-1h', '1h30m', ' 1h', '1H', '1 h', '９h', '1e3s', 'Infinity'])(
    '"%s" is no duration',
    (text) => {
      expect(parseDuration(text, 0, Number.MAX_SAFE_INTEGER).ok).toBe(false);
    },
  );
});

describe('addresses of people', () => {
  test.each([
    ['Ada@Corp.Example', 'ada@corp.example'],
    ['ada@corp.example.', 'ada@corp.example'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada+tag@corp.example', 'ada+tag@corp.example'],
    ['a@b@corp.example', undefined],
    ['ada@', undefined],
    ['@corp.example', undefined],
    ['ada', undefined],
    ['\u212Aim@corp.example', undefined],
    ['ada @corp.example', undefined],
    ['"a b"@corp.example', undefined],
    ['*@corp.example', undefined],
    ['ada@10.0.0.1', undefined],
    ['ada@corp..example', undefined],
    ['ada@corp.example\n', undefined],
  ])('%j has the canonical form %s', (text, canonical) => {
    expect(canonicalEmail(text)).toBe(canonical);
  });

  test('a canonical form is its own canonical form', () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), fc.string()), (text) => {
        const once = canonicalEmail(text);
        if (once !== undefined) expect(canonicalEmail(once)).toBe(once);
        const domain = canonicalDomain(text);
        if (domain !== undefined) expect(canonicalDomain(domain)).toBe(domain);
      }),
    );
  });
});

describe('URLs', () => {
  test.each([
    'https://u:p@a.example',
    'https://a.example?x',
    'https://a.example#',
    'https://a.example/',
    'https://a.example.',
    'https://a example',
    'https:a.example',
    'ftp://a.example',
    '//a.example',
    'https://',
    'https:\\\\a.example',
    'https://a.example\n',
  ])('%j is no origin of a route', (text) => {
    expect(parseRouteOrigin(text).ok).toBe(false);
  });

  test('the origin of a route is lower case, in ASCII and without its default port', () => {
    const parsed = parseRouteOrigin('https://BÜCHER.example:443');
    expect(parsed.ok && parsed.value.origin).toBe('https://xn--bcher-kva.example');
  });

  test.each([
    'https://10.0.0.1/path',
    'https://user@10.0.0.1',
    'tcp://10.0.0.1',
    'https://10.0.0.1:0',
    '10.0.0.1:80',
    'NEXT',
  ])('%j is no upstream', (text) => {
    expect(parseUpstream(text).ok).toBe(false);
  });

  test.each([
    'javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    '//evil.example',
    '/relative',
    'https:evil',
    'java\nscript:alert(1)',
    'https://u:p@help.example',
  ])('%j is no link', (text) => {
    expect(parseLink(text).ok).toBe(false);
  });

  test.each([
    ['https://portal.corp.example', true],
    ['http://portal.localhost:4180', true],
    ['http://portal.corp.example', false],
    ['https://*.corp.example', false],
    ['https://portal.corp.example/', false],
    ['null', false],
    ['*', true],
  ])('%s as an origin that may read: %s', (text, ok) => {
    expect(parseCorsOrigin(text).ok).toBe(ok);
  });

  test.each([
    ['https://idp.corp.example/realms/a', true],
    ['http://localhost:4182', true],
    ['http://127.0.0.1:4182', true],
    ['http://idp.corp.example', false],
    ['http://localhost.evil.example', false],
    ['http://127.0.0.1.evil.example', false],
    ['https://idp.corp.example?x=1', false],
  ])('%s as an issuer: %s', (text, ok) => {
    expect(parseIssuer(text).ok).toBe(ok);
  });
});

describe('paths', () => {
  test.each([
    ['/', true],
    ['/a/b', true],
    ['/a/', true],
    ['/~user', true],
    ['/100%25', true],
    ['/caf%C3%A9', true],
    ['/a;v=1', true],
    ['', false],
    ['a', false],
    ['//a', false],
    ['/a//b', false],
    ['/a/./b', false],
    ['/..', false],
    ['/a/..;/b', false],
    ['/%2e%2e/a', false],
    ['/%252e', false],
    ['/a%2Fb', false],
    ['/a%5cb', false],
    ['/a\\b', false],
    ['/a%00', false],
    ['/%7Euser', false],
    ['/%c3%a9', false],
    ['/café', false],
    ['/a b', false],
    ['/a%', false],
    ['/a%zz', false],
    ['/a?b', false],
    ['/a#b', false],
  ])('%j can be compared: %s', (text, ok) => {
    expect(parseCanonicalPath(text).ok).toBe(ok);
  });

  test('what help says to write can be written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const refused = parseCanonicalPath(`/${text}`);
        if (refused.ok || refused.help?.startsWith('write /') !== true) return;
        const again = parseCanonicalPath(refused.help.slice('write '.length));
        if (!again.ok) expect(again.says).toBe('can never match');
      }),
    );
  });
});

describe('headers', () => {
  test.each([
    'Host',
    'connection',
    'Te',
    'Transfer-Encoding',
    'Content-Length',
    'X-Forwarded-For',
    'Forwarded',
    'X-Postern-Anything',
    'Cookie',
    'Sec-WebSocket-Key',
    'a b',
    'a:b',
    '',
    'é',
  ])('%j may not be set', (text) => {
    expect(parseRequestHeaderName(text).ok).toBe(false);
  });

  test('a value can never begin another header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parseHeaderValue(text);
        if (parsed.ok) expect(/[\r\n\0]/.test(parsed.value)).toBe(false);
      }),
    );
  });
});

describe('listen addresses', () => {
  test.each([
    ['0.0.0.0:8443', { host: '0.0.0.0', port: 8443 }],
    ['[::]:0', { host: '::', port: 0 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    [':8443', undefined],
    ['8443', undefined],
    ['::1:8443', undefined],
    ['example.com:80', undefined],
    ['127.0.0.1:65536', undefined],
    ['[127.0.0.1]:80', undefined],
  ])('%s', (text, value) => {
    const parsed = parseListenAddress(text);
    expect(parsed.ok ? parsed.value : undefined).toEqual(value);
  });
});

describe('requirements', () => {
  test.each([
    ['disk_encrypted', { check: 'disk_encrypted', operator: 'is_true', value: undefined }],
    ['os_version >= 14.0', { check: 'os_version', operator: '>=', value: '14.0' }],
    ['os_version>=14', { check: 'os_version', operator: '>=', value: '14' }],
    ['os == "Mac OS"', { check: 'os', operator: '==', value: 'Mac OS' }],
  ])('%s', (text, value) => {
    expect(parseRequirement(text)).toMatchObject({ ok: true, value });
  });

  test.each(['', 'os version', 'os_version =', 'os_version => 3', '>= 14', 'Disk', 'a >=', 'a && b'])(
    '%j is no requirement',
    (text) => {
      expect(parseRequirement(text).ok).toBe(false);
    },
  );
});

describe('suggestions', () => {
  test.each([
    ['goups', 'groups'],
    ['Groups', 'groups'],
    ['user-message', 'user_message'],
    ['x', undefined],
    ['entirely_else', undefined],
  ])('%s: %s', (word, meant) => {
    expect(closest(word, ['groups', 'user_message', 'paths'], 2)).toBe(meant);
  });
});

describe('parameters of a sign-in', () => {
  test('are any but those that it hangs on, in whatever case', () => {
    for (const name of ['hd', 'access_type', 'login_hint', 'prompt', 'max_age', 'resource', 'kc_idp_hint']) {
      expect(parseAuthorizationParameter(name)).toMatchObject({ ok: true, value: name });
    }
    for (const name of [
      'state',
      'Redirect_URI',
      'response_mode',
      'request',
      'claims',
      'acr_values',
      'scope',
      'nonce',
    ]) {
      expect(parseAuthorizationParameter(name)).toMatchObject({ ok: false, code: 'P029' });
    }
    for (const name of ['', '1a', 'a b', 'a&b=c', 'ä', 'a'.repeat(65)]) {
      expect(parseAuthorizationParameter(name)).toMatchObject({ ok: false });
    }
  });
});
