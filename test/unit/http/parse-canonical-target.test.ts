import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCanonicalTarget } from '../../../src/http/parse-canonical-target.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

function parse(url: string, rawHeaders: readonly string[] = ['Host', 'app.example'], method = 'GET') {
  return parseCanonicalTarget({ method, url, rawHeaders });
}

function pathOf(url: string): string | undefined {
  const result = parse(url);
  return result.outcome === 'parsed' ? result.target.path : undefined;
}

describe('a canonical path', () => {
  test.each([
    ['/', '/'],
    ['/a/b.html', '/a/b.html'],
    ['/%61%2D%7e', '/a-~'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a|b', '/a%7Cb'],
    ['/a%7cb', '/a%7Cb'],
    ['/a%3fb', '/a%3Fb'],
    ['/.well-known/x', '/.well-known/x'],
    ['/100%25', '/100%25'],
    ['/100%25ab', '/100%25ab'],
    ['/100%25e0', '/100%25e0'],
    ['/%2561dmin', '/%2561dmin'],
    ['/caf%25c3%25a9', '/caf%25c3%25a9'],
    ['/a;v=1/b', '/a;v=1/b'],
    ['/...', '/...'],
    ['/a@b:c,d+e', '/a@b:c,d+e'],
  ])('%s becomes %s', (url, path) => {
    expect(pathOf(url)).toBe(path);
  });

  test.each([
    '/a//b',
    '//evil.example/x',
    '/a/../b',
    '/a/..',
    '/.',
    '/a/./b',
    '/%2e%2e/b',
    '/.%2E/b',
    '/a/%2e',
    '/a%2fb',
    '/a%2Fb',
    '/a\\b',
    '/a%5cb',
    '/..;/b',
    '/..%3b/b',
    '/a/;x=/..',
    '/a;..',
    '/;/b',
    '/a/;x/b',
    '/%20/b',
    '/..%20/b',
    '/a%00',
    '/a%0d%0a',
    '/a%7f',
    '/a\u0001',
    '/a\u007f',
    '/a%252e%252e/b',
    '/a%252fb',
    '/a%25252fb',
    '/a%255c',
    '/a%2500',
    '/a%25%32%65',
    '/a%25%32%66b',
    '/a%25u002f',
    '/a%25c0%25af',
    '/a%25e0%2580%25af',
    '/a%252%2565',
    '/a%252525252525252565',
    '/a%25252%252565',
    '/a%c0%af',
    '/a%c0%ae%c0%ae/',
    '/a%e0%80%af',
    '/a%ff',
    '/a%ed%a0%80',
    '/a%',
    '/a%2',
    '/a%zz',
    '/a%u002e',
    '/a%%32%65',
    '/é',
    '/a#b',
    '/a b',
  ])('%s is refused', (url) => {
    expect(parse(url).outcome).toBe('refused');
  });

  test('is the same when it is made canonical again', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '/',
        '.',
        '..',
        ';',
        '%',
        '%2',
        '%25',
        '2e',
        '2F',
        '%41',
        '%7e',
        '%c3%a9',
        '%20',
        '%3b',
        'a',
        '|',
      ),
      fc.string({ minLength: 1, maxLength: 1, unit: 'binary-ascii' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const first = pathOf(`/${pieces.join('').replaceAll('?', '')}`);
        if (first !== undefined) expect(pathOf(first)).toBe(first);
      }),
      { numRuns: 5000 },
    );
  });

  test('is never another resource to Node’s URL, to a decoder, or to a decoder that runs twice', () => {
    const hostile = fc.constantFrom(
      '..',
      '.',
      '/',
      '//',
      '\\',
      '%2e',
      '%2E',
      '%2f',
      '%5c',
      '%252e',
      '%252f',
      '%255c',
      '%25252e',
      ';',
      '%3b',
      '%253b',
      '%00',
      '%2500',
      '%0a',
      '%c0%ae',
      '%c0%af',
      '%25c0%25ae',
      '%e0%80%ae',
      '%uff0e',
      '%%32%65',
      '%25%32%65',
      '%20',
      '%09',
      '\t',
      '#',
      '@',
      ':',
      'a',
      'admin',
      'public',
      '%61',
      '%2e%2e',
      '..;',
      ';x=',
      '%32%65',
      '%25',
      '25',
      '2e',
      '2f',
    );
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 8 }), (pieces) => {
        const path = pathOf(`/public/${pieces.join('')}/admin`);
        if (path === undefined) return;
        expect(new URL(path, 'http://app.example').pathname).toBe(path);
        let decoded = path;
        for (let round = 0; round < 3; round++) {
          const segments = decoded.split('/').slice(1);
          for (const segment of segments) {
            expect(segment.split(';')).not.toContain('..');
            expect(segment.split(';')).not.toContain('.');
          }
          expect(segments.slice(0, -1)).not.toContain('');
          expect(segments).toHaveLength(path.split('/').length - 1);
          expect(decoded).not.toMatch(/[\\\p{Cc}]/u);
          try {
            decoded = decodeURIComponent(decoded);
          } catch {
            break;
          }
        }
      }),
      { numRuns: 20_000 },
    );
  });

  test('is found in time that grows with its length, also for hostile paths', () => {
    const spentMs = cpuMsOf(() => {
      for (const unit of ['/a;b', '%25', '/%41', '/..a', '/.', '%2525']) pathOf(`/${unit.repeat(20_000)}`);
    });
    expect(spentMs).toBeLessThan(3_000);
  });
});

describe('the query', () => {
  test('is kept byte for byte, dots, slashes and escapes included', () => {
    const result = parse('/a?next=%2F..%2f//x&u=http://b/%zz\\');
    expect(result).toMatchObject({ target: { path: '/a', query: '?next=%2F..%2f//x&u=http://b/%zz\\' } });
  });

  test.each(['/a?b#c', '/a?\u0001', '/a?é', '/a?b\t'])('%j is refused', (url) => {
    expect(parse(url).outcome).toBe('refused');
  });
});

describe('the host', () => {
  test.each([
    ['App.Example', 'app.example', undefined],
    ['app.example.', 'app.example', undefined],
    ['app.example.:8443', 'app.example', 8443],
    ['APP.example:443', 'app.example', 443],
    ['[::1]:443', '[::1]', 443],
    ['[2001:DB8:0:0::1]', '[2001:db8::1]', undefined],
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['my_app.example', 'my_app.example', undefined],
  ])('%s is read as %s', (value, host, port) => {
    expect(parse('/', ['hOST', value])).toMatchObject({ outcome: 'parsed', target: { host, port } });
  });

  test.each([
    '',
    'a, b',
    'user@app.example',
    'app.example/path',
    'app.example:',
    'app.example:0',
    'app.example:65536',
    'app.example:80:80',
    'app.example:8a',
    'a..b',
    '.app.example',
    '.',
    'app example',
    'app%2eexample',
    '[::1',
    '[::1]x',
    '[fe80::1%25eth0]',
    '[app]',
    '127.1',
    '0x7f000001',
    '2130706433',
    'app.example\\',
    'app.example?x',
    'é.example',
    `${'a'.repeat(64)}.`.repeat(4),
  ])('%j is refused', (value) => {
    expect(parse('/', ['Host', value]).outcome).toBe('refused');
  });

  test('is refused when it is missing or said twice, even with the same value', () => {
    expect(parse('/', []).outcome).toBe('refused');
    expect(parse('/', ['Host', 'app.example', 'host', 'app.example']).outcome).toBe('refused');
  });
});

describe('the request target', () => {
  test('in absolute form is reduced when it names the same host', () => {
    expect(parse('HTTP://App.Example/a?b')).toMatchObject({ target: { path: '/a', query: '?b' } });
    expect(parse('http://app.example')).toMatchObject({ target: { path: '/' } });
    expect(parse('http://app.example?b')).toMatchObject({ target: { path: '/', query: '?b' } });
  });

  test.each([
    'http://evil.example/a',
    'http://app.example:81/a',
    'http://user@app.example/a',
    'http://app.example\\@evil.example/a',
    'http://app.example/a/../b',
    'ftp://app.example/a',
    'http:/a',
    'http:///a',
    '*',
    'app.example:443',
    'a',
    '?a',
    '',
  ])('%j is refused', (url) => {
    expect(parse(url).outcome).toBe('refused');
    expect(parse(url, ['Host', 'app.example'], 'OPTIONS').outcome).toBe('refused');
  });

  test.each(['CONNECT', 'TRACE', 'TRACK', ''])('with method %j is refused', (method) => {
    expect(parse('/', ['Host', 'app.example'], method).outcome).toBe('refused');
  });
});

describe('the framing of the body', () => {
  test.each([
    [['Content-Length', '3', 'Transfer-Encoding', 'chunked']],
    [['Content-Length', '3', 'content-length', '3']],
    [['Content-Length', '3, 3']],
    [['Content-Length', '+3']],
    [['Content-Length', '']],
    [['Transfer-Encoding', 'gzip, chunked']],
    [['Transfer-Encoding', 'identity']],
    [['Transfer-Encoding', 'xchunked']],
    [['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked']],
    [['Transfer_Encoding', 'chunked']],
    [['Content_Length', '3']],
  ])('%j is refused', (headers) => {
    expect(parse('/', ['Host', 'app.example', ...headers], 'POST').outcome).toBe('refused');
  });

  test('by one length or by plain chunks is fine', () => {
    expect(parse('/', ['Host', 'app.example', 'Content-Length', '3'], 'POST').outcome).toBe('parsed');
    expect(parse('/', ['Host', 'app.example', 'Transfer-Encoding', 'Chunked'], 'POST').outcome).toBe('parsed');
  });
});
