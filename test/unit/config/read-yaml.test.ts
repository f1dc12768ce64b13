import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDocument, stringify } from 'yaml';
import { explainSyntax } from '../../../src/config/source/explain-syntax.ts';
import { createPlaces } from '../../../src/config/source/places.ts';
import { readYaml, readYamlAtOnce } from '../../../src/config/source/read-yaml.ts';
import { createSourceText } from '../../../src/config/source/source-text.ts';

const read = (text: string) => readYamlAtOnce(createSourceText('postern.yaml', text), explainSyntax);

/** The text that a path's value is pointed at by. */
function shownAt(text: string, path: readonly (string | number)[]): string | undefined {
  const place = createPlaces(read(text).places).find(path);
  return place === undefined ? undefined : text.slice(place.value.start, place.value.end);
}

const word = fc.oneof(
  fc.constantFrom(
    'no',
    'on',
    'yes',
    'null',
    '~',
    '',
    '0x1f',
    '1e3',
    '-1',
    '.5',
    '007',
    'a: b',
    '<<',
    '# x',
    '*a',
    '&a',
    '!t',
    '[x',
    '\t',
    ' a',
  ),
  fc.string({ maxLength: 8 }),
  fc.stringMatching(/^[a-z]{1,8}$/),
);
const key = fc.oneof(fc.stringMatching(/^[a-z_]{1,8}$/), word).filter((text) => text !== '__proto__');
const document = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

/** What is written by hand and by no printer. */
const fragment = fc.constantFrom(
  'a: 1',
  'b: no',
  'c: [x, y: z]',
  'd: {e, f: 1}',
  'g: |\n  h\n  i',
  'j: >-\n  k\n\n  l',
  '- m',
  '- n: o\n  p: q',
  "r: 's''t'",
  'u: "v\\n w"',
  '# comment',
  '',
  'w: &x [1]',
  'y: *x',
  '? z\n: 1',
  '"k": v',
  'aa:',
  'bb: cc dd\n  ee',
  '<<: {a: 1}',
  'ff: 0o17',
  '---',
);

describe('reading YAML', () => {
  test('a document means what another parser takes it for, however it was printed', () => {
    const style = fc.constantFrom(
      {},
      { collectionStyle: 'flow' as const },
      { defaultStringType: 'QUOTE_SINGLE' as const },
      { lineWidth: 20 },
    );
    fc.assert(
      fc.property(document, style, (value, options) => {
        const text = stringify(value, { version: '1.2', schema: 'core', aliasDuplicateObjects: false, ...options });
        const found = read(text);
        if (found.isBroken || found.problems.length > 0) return;
        expect(found.value).toEqual(parseDocument(text, { version: '1.2', schema: 'core' }).toJS());
      }),
      { numRuns: 2_000 },
    );
  });

  test('a text that both parsers take means the same to both', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 6 }), (parts) => {
        const text = parts.join('\n');
        const found = read(text);
        const other = parseDocument(text, { version: '1.2', schema: 'core', logLevel: 'error' });
        if (found.isBroken || found.problems.length > 0 || other.errors.length > 0) return;
        taken += 1;
        expect(found.value).toEqual(other.toJS());
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(300);
  });

  test('each value is found again in the text', () => {
    const text = "a: &n [x, \"y z\", { k: v } ] # ]\nb:\n  - c: |\n      block\n  - *n\nd: 'it''s'\n";
    expect(
      [['a'], ['a', 1], ['a', 2], ['b', 0, 'c'], ['b', 1], ['b', 1, 0], ['d'], ['b'], ['e'], ['b', 2]].map((path) =>
        shownAt(text, path),
      ),
    ).toEqual([
      '[x, "y z", { k: v } ]',
      '"y z"',
      '{ k: v }',
      '|\n      block\n',
      '*n',
      'x',
      "'it''s'",
      '-',
      undefined,
      undefined,
    ]);
  });

  test('a key of a map of thousands is found', () => {
    const text = Array.from({ length: 5_000 }, (_, index) => `key-${index}: v${index}`).join('\n');
    expect([shownAt(text, ['key-4999']), shownAt(text, ['key-0']), shownAt(text, ['key-5000'])]).toEqual([
      'v4999',
      'v0',
      undefined,
    ]);
  });

  test('an alias is a copy, so that nothing is changed in two places', () => {
    const value = read('a: &x { y: [1] }\nb: *x\n').value as { a: unknown; b: unknown };
    expect(value.a).toEqual(value.b);
    expect(value.a).not.toBe(value.b);
  });

  test.each([
    [
      'aliases of aliases',
      `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at}, `.repeat(10)}]`).join('\n')}`,
      'P005',
    ],
    ['a list that holds itself', 'a: &a [*a]', 'P005'],
    ['a depth that no configuration has', `a: ${'['.repeat(90)}${']'.repeat(90)}`, 'P005'],
    ['a depth that the parser itself refuses', `a: ${'['.repeat(100_000)}`, 'P005'],
    ['a tag', 'a: !include x', 'P004'],
    ['a tag that YAML knows', 'a: !!str 5', 'P004'],
    ['a duplicate key', 'a: 1\nb: 2\na: 3', 'P002'],
    ['a duplicate key of another spelling', '"a": 1\na: 3', 'P002'],
    ['__proto__', '__proto__: { admin: true }', 'P001'],
    ['a list as a key', '? [a, b]\n: c', 'P001'],
    ['an alias as a key', 'a: &k x\n*k : y', 'P001'],
    ['a tab', 'a:\n\tb: c', 'P003'],
    ['two documents', 'a: 1\n---\nb: 2', 'P003'],
    ['an anchor that is nowhere', 'a: *x', 'P003'],
  ])('%s is refused', async (_, text, code) => {
    expect(read(text).problems.map((problem) => problem.code)).toContain(code);
    expect(await readYaml(createSourceText('postern.yaml', text))).toEqual(read(text));
  });

  test('a merge key is a key like any other', () => {
    expect(read('a: &x { y: 1 }\nb: { <<: *x }').value).toEqual({ a: { y: 1 }, b: { '<<': { y: 1 } } });
  });

  test('no text makes it throw, and no place lies outside of the text', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fragment, fc.string(), fc.constantFrom('[', ']', '{', '}', '\t', '\n', ':', '- ', '&a ', '*a')),
          { maxLength: 12 },
        ),
        (parts) => {
          const text = parts.join('');
          for (const { span } of read(text).problems) {
            expect(span.start).toBeGreaterThanOrEqual(0);
            expect(span.start).toBeLessThanOrEqual(Math.max(0, text.length));
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
