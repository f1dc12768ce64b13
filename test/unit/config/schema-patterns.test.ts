import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { numberPattern } from '../../../src/config/schema/number-pattern.ts';
import { quantityPattern, textPatterns } from '../../../src/config/schema/text-patterns.ts';
import {
  byteSize,
  canonicalPath,
  corsOrigin,
  domain,
  duration,
  email,
  headerValue,
  hostName,
  issuer,
  line,
  link,
  listenAddress,
  method,
  name,
  network,
  pathGlob,
  requestHeaderName,
  requirement,
  routeOrigin,
  upstream,
} from '../../../src/config/schema/text-values.ts';

test('a pattern of numbers fits exactly those between its ends', () => {
  fc.assert(
    fc.property(fc.nat(120_000), fc.nat(120_000), fc.nat(130_000), (one, other, asked) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      const pattern = new RegExp(`^${numberPattern(low, high)}$`);
      for (const number of [asked, low, high, low - 1, high + 1].filter((each) => each >= 0))
        expect([number, pattern.test(String(number))]).toEqual([number, number >= low && number <= high]);
    }),
    { numRuns: 2_000 },
  );
});

test('a pattern of quantities has the bounds of its unit', () => {
  const pattern = new RegExp(quantityPattern({ s: 1, m: 60 }, 30, 150));
  expect(['29s', '30s', '150s', '151s', '0m', '1m', '2m', '3m', '0030s'].filter((text) => pattern.test(text))).toEqual([
    '30s',
    '150s',
    '1m',
    '2m',
    '0030s',
  ]);
});

/** Each text value with texts around its borders; the pattern must say of each what the parser says. */
const values = {
  duration: [
    duration(60_000),
    ['59s', '60s', '1m', '24h', '24 hours', '3650d', '3651d', '1000000000s', '1w', '-1s', '', '1.5h', '0001m'],
  ],
  byteSize: [
    byteSize(1024, 1024 ** 4),
    ['1023B', '1024B', '1KiB', '1KB', '1TiB', '2TiB', '1024GiB', '1025GiB', '1 KiB', '0KiB'],
  ],
  listenAddress: [
    listenAddress,
    [
      '127.0.0.1:9443',
      '[::]:8443',
      '[::1]:0',
      '[fe80::1:2]:1',
      'localhost:1',
      '0.0.0.0:65535',
      '0.0.0.0:65536',
      '8443',
      'host:1',
      '256.0.0.1:1',
      ':80',
      '[::1:80',
      '127.0.0.1:123456',
      '[1::2::3]:1',
    ],
  ],
  network: [
    network,
    [
      '203.0.113.0/24',
      '203.0.113.7',
      '203.0.113.0/33',
      '10.0.0.0/8',
      '::/0',
      '2001:db8::/32',
      '2001:db8::/129',
      '::1',
      '10.0.0/8',
      '10.0.0.0/',
      '01.2.3.4',
      'office',
      '1.2.3.4/24/1',
      '::ffff:10.0.0.0/104',
      '1:2:3:4:5:6:7:8',
      '1:2:3:4:5:6:7:8:9',
    ],
  ],
  hostName: [
    hostName,
    [
      'auth.corp.example',
      'auth',
      'AUTH.Corp.example.',
      'a..b',
      '-a.example',
      'a-.example',
      'a_b.example',
      'https://a',
      'a:80',
      'a b',
      '*.example',
      '1.2.3.4',
      'a.123',
      '1.example',
      'bücher.example',
      '',
      '.',
      `${'a'.repeat(64)}.example`,
    ],
  ],
  domain: [domain, ['corp.example', '*.corp.example', '@corp.example', 'corp.example/']],
  email: [
    email,
    [
      'ada@corp.example',
      'ada',
      '@corp.example',
      'a@b@c.example',
      '*@corp.example',
      'a b@corp.example',
      "o'neil+x@corp.example",
      'ada@',
      'ada@1.2.3.4',
      'é@corp.example',
    ],
  ],
  routeOrigin: [
    routeOrigin,
    [
      'https://app.corp.example',
      'HTTPS://app.corp.example:8443',
      'http://app.corp.example',
      'https://app.corp.example/',
      'https://app.corp.example/x',
      'https://*.corp.example',
      'https://a.example:99999',
      'https://u@a.example',
      'https://a.example?x',
      'app.corp.example',
      'https://',
      'https://a.example.',
      'https://10.0.0.1',
      'https://[::1]',
    ],
  ],
  upstream: [
    upstream,
    [
      'next',
      'https://10.20.0.5:8443',
      'http://a.example',
      'http://a.example/',
      'http://a.example/x',
      'ftp://a.example',
      'https://a.example:0',
      'https://[fd00::1]:8443',
      'nex',
      'https://a b',
      'https:/a.example',
      'https://a.example#x',
    ],
  ],
  issuer: [
    issuer,
    [
      'https://idp.corp.example',
      'https://idp.corp.example/realms/x',
      'https://idp.corp.example/',
      'http://idp.corp.example',
      'http://localhost:4000',
      'http://idp.localhost',
      'http://127.0.0.1:1/x',
      'http://[::1]:1',
      'https://idp.corp.example?x=1',
      'https://u:p@idp.corp.example',
    ],
  ],
  corsOrigin: [
    corsOrigin,
    [
      'https://a.example',
      'https://a.example:8443',
      'https://a.example/',
      'http://a.example',
      'http://localhost:3000',
      '*',
      'null',
      'https://*.example',
    ],
  ],
  link: [
    link,
    [
      'https://help.example/x?y#z',
      'http://help.example',
      'javascript:alert(1)',
      'mailto:a@b',
      'https://u:p@h.example',
      '//h.example',
      'https://h.example/a b',
    ],
  ],
  canonicalPath: [
    canonicalPath,
    [
      '/',
      '/**/*',
      '/**/*/a',
      '/a',
      '/a/',
      '/a/b',
      'a',
      '',
      '//',
      '/a//b',
      '/a/../b',
      '/..',
      '/a/.',
      '/.a',
      '/...',
      '/a;x=1',
      '/.;x',
      '/..;x/a',
      '/%7E',
      '/~',
      '/%20',
      '/%2f',
      '/%2F',
      '/%c3%bc',
      '/%C3%BC',
      '/ü',
      '/%25',
      '/%252e',
      '/%2525',
      '/%41',
      '/%5C',
      '/%7F',
      '/%1f',
      '/a?b',
      '/a#b',
      '/a\\b',
      '/a b',
      "/!$&'()*+,;=:@",
      '/%',
      '/%G0',
      `/${'a'.repeat(2047)}`,
      `/${'a'.repeat(2048)}`,
      '/%21',
      '/%5B',
      '/%60',
    ],
  ],
  pathGlob: [
    pathGlob,
    [
      '/**/*',
      '/a/**/*',
      '/reports/**',
      '/**',
      '/**/export',
      '/a/*',
      '/a*',
      '/*.pdf',
      '/a**',
      '/**a',
      '/***',
      '/a/**b/c',
      '/*/*/x',
      'reports/**',
    ],
  ],
  method: [method, ['GET', 'get', 'M-SEARCH', '', 'G T', '-A', `G${'E'.repeat(32)}`, `G${'E'.repeat(31)}`]],
  requestHeaderName: [
    requestHeaderName,
    ['X-Env', 'x_env', 'X Env', 'X:Env', '', 'é', "a'b", `x${'a'.repeat(127)}`, `x${'a'.repeat(128)}`],
  ],
  headerValue: [headerValue, ['prod', '', 'a b', ' a', 'a ', 'a\r\nb', 'é', 'x'.repeat(4096), 'x'.repeat(4097)]],
  requirement: [
    requirement,
    [
      'disk_encrypted',
      'os_version >= 14.0',
      'os_version>=14',
      ' a ',
      'os_version = 14',
      'Disk',
      '1a',
      'a >= ',
      'a == "x y"',
      'a => 1',
      '',
      'a b',
    ],
  ],
  name: [name, ['payroll', 'pay roll', '-a', 'a.b_c-d', '', 'a'.repeat(64), 'a'.repeat(65), 'ä']],
  line: [line(10, 'x'), ['x', '', '  ', 'two words', 'a\nb', 'a\tb', '0123456789', '0123456789a', 'ü', 'a\u2028']],
} as const;

describe('the pattern of a text says what its parser says', () => {
  test.each(Object.entries(values))('%s', (_, [schema, texts]) => {
    const pattern = new RegExp(String(schema.meta()?.['pattern']), 'u');
    for (const text of texts) expect([text, pattern.test(text)]).toEqual([text, schema.safeParse(text).success]);
  });

  test('also for paths and texts that nobody thought of', () => {
    const part = fc.constantFrom(
      '/',
      'a',
      '.',
      '..',
      '*',
      '**',
      ';',
      '%2F',
      '%20',
      '%7E',
      '%C3',
      '%25',
      '25',
      '2e',
      'ü',
      ' ',
      '?',
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join('')}`),
        (text) => {
          for (const [schema, pattern] of [
            [canonicalPath, textPatterns.canonicalPath],
            [pathGlob, textPatterns.pathGlob],
          ] as const)
            expect([text, new RegExp(pattern, 'u').test(text)]).toEqual([text, schema.safeParse(text).success]);
        },
      ),
      { numRuns: 5_000 },
    );
    const host = fc.constantFrom('a', '.', '-', '_', '1', '23', 'ab', '@', ':', '*', ' ');
    fc.assert(
      fc.property(
        fc.array(host, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
        (text) => {
          for (const [schema, pattern] of [
            [hostName, textPatterns.hostName],
            [email, textPatterns.email],
          ] as const)
            expect([text, new RegExp(pattern, 'u').test(text)]).toEqual([text, schema.safeParse(text).success]);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
