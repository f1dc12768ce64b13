import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loosePath, loosePaths } from '../../../src/config/compile/loose-path.ts';
import { compilePathExpression } from '../../../src/config/compile/path-entry.ts';
import { createRouteTable } from '../../../src/config/compile/route-table.ts';
import type { Route } from '../../../src/config/route.ts';

type Place = Pick<Route, 'host' | 'name'> & {
  readonly match: { readonly kind: 'prefix' | 'exact'; readonly path: string };
};

function tableOf(places: readonly Pick<Route, 'host' | 'match' | 'name'>[]) {
  return createRouteTable(places as readonly Route[]);
}

function prefix(host: string, path: string): Place {
  return { host, name: `${host}${path}`, match: { kind: 'prefix', path } };
}

function exact(host: string, path: string): Place {
  return { host, name: `=${host}${path}`, match: { kind: 'exact', path } };
}

function regex(host: string, expression: string): Pick<Route, 'host' | 'match' | 'name'> {
  return { host, name: `~${expression}`, match: { kind: 'regex', pattern: compilePathExpression(expression) } };
}

/** Exact path, then longest prefix, letter by letter. */
function byLetter(places: readonly Place[], host: string, path: string): string | undefined {
  const here = places.filter((place) => place.host === host);
  const exactly = here.find(({ match }) => match.kind === 'exact' && match.path === path);
  if (exactly !== undefined) return exactly.name;
  const under = here.filter(({ match }) => {
    if (match.kind !== 'prefix') return false;
    return match.path === '/' || path === match.path || path.startsWith(`${match.path}/`);
  });
  return under.sort((one, other) => other.match.path.length - one.match.path.length)[0]?.name;
}

/** What the documentation says, in the plainest words: a path that loosely belongs to another route belongs to none. */
function naive(places: readonly Place[], host: string, path: string): string | undefined {
  const strict = byLetter(places, host, path);
  const here = places.filter((place) => place.host === host);
  const loosely = here.map((place) => ({ ...place, match: { ...place.match, path: loosePath(place.match.path) } }));
  const isDistinct = new Set(loosely.map(({ match }) => `${match.kind} ${match.path}`)).size === here.length;
  if (here.length < 2 || !isDistinct) return strict;
  return loosePaths(path).every((reading) => byLetter(loosely, host, reading) === strict) ? strict : undefined;
}

describe('the route table', () => {
  const table = tableOf([
    prefix('a.x', '/'),
    prefix('a.x', '/app'),
    prefix('a.x', '/app/admin'),
    exact('a.x', '/app/login'),
    prefix('b.x', '/only'),
  ]);
  test.each([
    ['a.x', '/', 'a.x/'],
    ['a.x', '/app', 'a.x/app'],
    ['a.x', '/app/', 'a.x/app'],
    ['a.x', '/application', 'a.x/'],
    ['a.x', '/app/administrator', 'a.x/app'],
    ['a.x', '/app/admin/users', 'a.x/app/admin'],
    ['a.x', '/app/login', '=a.x/app/login'],
    ['a.x', '/app/login/', 'a.x/app'],
    ['a.x', '/APP', undefined],
    ['a.x', '/app;x=1', undefined],
    ['a.x', '/app/admin./users', undefined],
    ['a.x', '/other;x=1', 'a.x/'],
    ['b.x', '/ONLY', undefined],
    ['b.x', '/only/this', 'b.x/only'],
    ['b.x', '/', undefined],
    ['c.x', '/', undefined],
    ['__proto__', '/', undefined],
    ['a.x', '/__proto__/constructor', 'a.x/'],
  ])('%s%s is answered by %s', (host, path, name) => {
    expect(table.find(host, path)?.name).toBe(name);
  });

  test('a host without a route for the path is a known host', () => {
    expect([table.hasHost('b.x'), table.hasHost('x'), table.hasHost('B.X')]).toEqual([true, false, false]);
  });

  test('it answers as the rule in plain words does', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', 'a.b', '%C3%89', 'A');
    const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
    const host = fc.constantFrom('h.x', 'i.x');
    const place = fc
      .tuple(host, path, fc.boolean())
      .map(([at, where, isExact]) => (isExact ? exact(at, where) : prefix(at, where)));
    const places = fc.uniqueArray(place, { maxLength: 8, selector: ({ name }) => name });
    const asked = fc
      .tuple(path, fc.boolean())
      .map(([where, hasSlash]) => (hasSlash && where !== '/' ? `${where}/` : where));
    fc.assert(
      fc.property(places, host, asked, (routes, at, where) => {
        expect(tableOf(routes).find(at, where)?.name).toBe(naive(routes, at, where));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('routes by regular expression', () => {
  const table = tableOf([
    regex('a.x', '^/[a-z]+/[0-9]+$'),
    regex('a.x', '^/[a-z]+/.*$'),
    prefix('a.x', '/admin'),
    exact('a.x', '/wiki/7'),
    regex('a.x', '^/Report$'),
  ]);
  test.each([
    ['/wiki/12', '~^/[a-z]+/[0-9]+$'],
    ['/wiki/page', '~^/[a-z]+/.*$'],
    ['/wiki/7', '=a.x/wiki/7'],
    ['/admin/12', 'a.x/admin'],
    ['/Report', '~^/Report$'],
    ['/report', undefined],
    ['/wiki', undefined],
    ['/WIKI/12', undefined],
    ['/Admin/12', undefined],
    ['/wiki;x/12', undefined],
    ['/', undefined],
  ])('%s is answered by %s: path, then prefix, then the first expression of the file', (path, name) => {
    expect(table.find('a.x', path)?.name).toBe(name);
  });

  test('a spelling that another server reads as the stricter route goes to none', () => {
    const guarded = tableOf([regex('a.x', '^/[A-Za-z;=.]+(?:/.*)?$'), prefix('a.x', '/admin')]);
    const spellings = ['/Admin', '/ADMIN/users', '/admin;x=1/users', '/admin./users'];
    expect(spellings.map((path) => guarded.find('a.x', path)?.name)).toEqual(spellings.map(() => undefined));
    expect(guarded.find('a.x', '/other')?.name).toBe('~^/[A-Za-z;=.]+(?:/.*)?$');
  });

  test('with expressions too, what is found strictly is found loosely, or nothing is', () => {
    const letters = fc.array(fc.constantFrom('a', 'A', 'b', '1', '/', ';', '.'), { maxLength: 8 });
    const expressions = fc.subarray(['^/a.*$', '^/[ab]+$', '^/A$', '^/[^/]+/b$', '^/.*1$'], { minLength: 1 });
    const prefixes = fc.subarray(['/a', '/a/b', '/b']);
    fc.assert(
      fc.property(expressions, prefixes, letters, (some, under, text) => {
        const path = `/${text.join('')}`.replaceAll(/\/+/g, '/');
        const places = [...some.map((one) => regex('a.x', one)), ...under.map((one) => prefix('a.x', one))];
        const found = tableOf(places).find('a.x', path);
        const taker = under
          .filter((one) => path === one || path.startsWith(`${one}/`))
          .toSorted((one, other) => other.length - one.length)[0];
        const first = some.find((one) => new RegExp(one).test(path));
        const expected = taker === undefined ? first && `~${first}` : `a.x${taker}`;
        expect([undefined, expected]).toContain(found?.name);
        if (path === loosePath(path) && expected !== undefined && !some.includes('^/A$'))
          expect(found?.name).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});
