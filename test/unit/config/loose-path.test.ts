import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foldText } from '../../../src/config/compile/fold-text.ts';
import { loosePath, loosePaths, readingsOf } from '../../../src/config/compile/loose-path.ts';
import { compilePathEntry } from '../../../src/config/compile/path-entry.ts';
import { canonicalPath } from '../../../src/http/canonical-path.ts';

describe('a folded text', () => {
  test('is the same for every case, width and normal form of each character, and settles', () => {
    const differing: string[] = [];
    // A prime step meets every block within a short test; run it with 1 for all.
    for (let code = 0; code < 0x110000; code += 17) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCodePoint(code);
      const folded = foldText(character);
      const others = [character.toUpperCase(), character.toLowerCase(), character.normalize('NFKC'), folded];
      if (others.some((other) => foldText(other) !== folded)) differing.push(code.toString(16));
    }
    expect(differing).toEqual([]);
  });

  test.each([
    ['straße', 'STRASSE'],
    ['STRAẞE', 'strasse'],
    ['ıi', 'Iİ'],
    ['ＡＤＭＩＮ', 'admin'],
    ['ad\u00admi\u200bn', 'admin'],
    ['e\u0301', 'É'],
    ['ΣΑΣ', 'σας'],
    ['\u212a', 'k'],
  ])('%j is %j', (one, other) => {
    expect(foldText(one)).toBe(foldText(other));
  });

  test('keeps accents, which tell names apart', () => {
    expect(foldText('é')).not.toBe(foldText('e'));
  });
});

describe('the readings of a path', () => {
  test.each([
    ['/Admin', '/admin'],
    ['/%2561dmin', '/admin'],
    ['/a;x=1/b', '/a/b'],
    ['/a./b', '/a/b'],
    ['/x/%EF%BC%8E%EF%BC%8E/a', '/a'],
    ['/%EF%BC%8E%EF%BC%8E/%EF%BC%8E%EF%BC%8E/a', '/a'],
    ['/x%EF%BC%BCa/', '/x/a/'],
    ['/%EF%BC%8561', '/a'],
    ['/caf%C3%89', '/cafe%cc%81'],
    ['/%2A%3F', '/%2a%3f'],
    ['/100%25ab', '/100%c2%ab'],
    ['/100%25', '/100%25'],
    ['/', '/'],
  ])('of %s include %s', (path, reading) => {
    expect(readingsOf(path)).toContain(reading);
    expect(loosePath(path)).toBe(reading);
  });

  test.each([
    // Who drops path parameters before looking for wide slashes, and who does so behind, read two paths.
    ['/a%3B%EF%BC%8F..%3B/', '/a/'],
    ['/a%3B%EF%BC%8F..%3B/b', '/a/b'],
    ['/a;%EF%BC%8F..;/b', '/a/b'],
    ['/x/..%EF%BC%8Fa', '/a'],
  ])('of %s include %s, as somebody reads it who knows less', (path, reading) => {
    expect(readingsOf(path)).toContain(reading);
    expect(loosePaths(path)[0]).toBe(loosePath(path));
  });

  const letters = fc.constantFrom(
    ...['a', 'B', 'ß', 'ı', 'É', 'Ａ', '%', '*', ';', '.', ' ', '/', '25', '\u0301', 'ς'],
  );
  const paths = fc.array(letters, { maxLength: 8 }).map((some) => `/${some.map(encodeURIComponent).join('')}`);

  test('are found by a denial of the path itself, in any case and encoded once more', () => {
    fc.assert(
      fc.property(paths, (raw) => {
        const own = canonicalPath(raw.replaceAll('%2F', '/'));
        if (own.outcome === 'refused') return;
        const entries = [
          `path:${own.path}`,
          own.path.replaceAll('*', '%2A'),
          // A percent sign in an expression stays one: what is behind it is no escape there.
          ...(own.path.includes('%25') ? [] : [`regex:^${own.path.replace(/[.*+?()$]/g, '\\$&')}$`]),
        ];
        for (const entry of entries) {
          const { matchesAnyCase } = compilePathEntry(entry);
          for (const asked of [own.path, spellOtherwise(own.path), encodeOnce(own.path)]) {
            const request = canonicalPath(asked);
            if (request.outcome === 'canonical')
              expect([entry, asked, matchesAnyCase(request.path)]).toEqual([entry, asked, true]);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

function spellOtherwise(path: string): string {
  const text = decodeURIComponent(path).toUpperCase().normalize('NFD');
  return text.split('/').map(encodeURIComponent).join('/');
}

function encodeOnce(path: string): string {
  return path.replaceAll('%', '%25').replace(/[a-z]/g, (letter) => `%25${letter.charCodeAt(0).toString(16)}`);
}
