import { posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRouteTable } from '../../src/config/compile/route-table.ts';
import type { Route } from '../../src/config/route.ts';
import { parseCanonicalTarget } from '../../src/http/parse-canonical-target.ts';

const host = 'app.example';
const places = ['/', '/admin', '/public', '/public/reports', '/public/reports/private', '/a'];

const routes = places.map((path) => ({ host, name: path, match: { kind: 'prefix', path } })) as unknown as Route[];
const table = createRouteTable(routes);

/** How servers behind a proxy are known to read a path: each may find another resource than the one that was judged. */
const readers: readonly (readonly [name: string, read: (path: string) => string])[] = [
  ['as the WHATWG URL standard', (path) => new URL(path, `https://${host}`).pathname],
  ['decoded', decode],
  ['decoded twice', (path) => decode(decode(path))],
  ['decoded, then with dot segments removed', (path) => posix.normalize(decode(path))],
  ['decoded twice, then with dot segments removed', (path) => posix.normalize(decode(decode(path)))],
  ['with backslashes for slashes', (path) => posix.normalize(decode(path).replaceAll('\\', '/'))],
  ['without path parameters', (path) => withoutParameters(path)],
  ['without path parameters, decoded first', (path) => posix.normalize(withoutParameters(decode(path)))],
  ['without path parameters, decoded later', (path) => posix.normalize(decode(withoutParameters(path)))],
  ['without regard to case', (path) => decode(path).toLowerCase()],
  ['without dots and blanks at the end of a segment', (path) => decode(path).replaceAll(/[. ]+(?=\/|$)/g, '')],
  ['up to the first NUL', (path) => decode(path).split('\0')[0] ?? ''],
];

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function withoutParameters(path: string): string {
  return path.replaceAll(/;[^/]*/g, '');
}

/** The route of a path in plain words: the longest prefix that ends at a segment. */
function ownerOf(path: string): string | undefined {
  const under = places.filter((place) => place === '/' || path === place || path.startsWith(`${place}/`));
  return under.toSorted((one, other) => other.length - one.length)[0];
}

const pieces = fc.constantFrom(
  ...['/', '//', '/./', '/../', '..', '.', '\\', '..\\', '%2e', '%2E%2e', '%2f', '%2F', '%5c', '%252e', '%252f', '%25'],
  ...[
    ';',
    '..;',
    ';x=1',
    '%3b',
    '%3B',
    '..%3b/',
    '%00',
    '%0a',
    '%20',
    ' ',
    '%09',
    '#',
    '?',
    '@',
    ':',
    '%c0%ae',
    '%c0%af',
  ],
  ...['%e0%80%ae', '%ef%bc%8f', '%uff0e', '%%32%65', '%2', 'admin', 'ADMIN', 'Admin', '%61dmin', '%41dmin', 'public'],
  ...[
    'PUBLIC',
    'p%75blic',
    'reports',
    'Reports',
    'private',
    'a',
    'A',
    '%61',
    'b',
    'admin.',
    'admin%20',
    'a.',
    '…',
    'é',
  ],
);

const urls = fc
  .array(pieces, { minLength: 1, maxLength: 7 })
  .chain((parts) => fc.constantFrom(`/${parts.join('')}`, `/${parts.join('/')}`, `https://${host}/${parts.join('/')}`));

describe('the route that decides is the route that forwards', () => {
  test.each(['/a%3B%EF%BC%8F..%3B/', '/a;%EF%BC%8F..;/x', '/%61%3b%ef%bc%8f%2e%2e%3b/x', '/%41dmin/..%ef%bc%8f'])(
    'where two servers would read %s in two ways',
    (url) => {
      const parsed = parseCanonicalTarget({ method: 'GET', url, rawHeaders: ['Host', host] });
      if (parsed.outcome === 'parsed') expect(table.find(host, parsed.target.path)).toBeUndefined();
    },
  );

  test('for 100,000 hostile URLs, however the server behind reads the path that it is sent', () => {
    let decided = 0;
    fc.assert(
      fc.property(urls, (url) => {
        const parsed = parseCanonicalTarget({ method: 'GET', url, rawHeaders: ['Host', host] });
        if (parsed.outcome === 'refused') return;
        const { path } = parsed.target;
        const route = table.find(host, path);
        if (route === undefined) return;
        decided += 1;
        const again = parseCanonicalTarget({ method: 'GET', url: path, rawHeaders: ['Host', host] });
        if (again.outcome === 'refused' || again.target.path !== path) throw new Error(`${path} is parsed in two ways`);
        for (const [name, read] of readers) {
          const owner = ownerOf(read(path));
          if (owner !== route.name) throw new Error(`${url} is decided by ${route.name}; ${name} it is of ${owner}`);
        }
      }),
      { numRuns: 100_000 },
    );
    // A table that answers nothing would prove nothing.
    expect(decided).toBeGreaterThan(5_000);
  });
});
