import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { formatYaml } from '../../../../src/config/format/format-yaml.ts';
import { explainSyntax } from '../../../../src/config/source/explain-syntax.ts';
import { readYamlAtOnce } from '../../../../src/config/source/read-yaml.ts';
import { createSourceText } from '../../../../src/config/source/source-text.ts';

const word = fc.constantFrom('name', 'from', 'allow', 'x-y', 'groups', 'to', 'a.b', '7d');
const plain = fc.constantFrom(
  'finance',
  'https://a.example:8443',
  '24 hours',
  '40',
  'true',
  '/reports/**',
  'os >= 14',
  '~',
);
const quoted = fc.constantFrom(`"\${env:A}"`, `'it''s'`, '"# no comment"', '"a: b"', '"[x, y]"', `'{ }'`, '"é\\n"');
const scalar = fc.oneof({ weight: 3, arbitrary: plain }, quoted);
/** Blanks that a person leaves by accident. */
const blank = fc.constantFrom(' ', ' ', '  ', '    ');
const note = fc.constantFrom('', '', '', ' # why', '   # "quoted": [x', '  #');

interface Written {
  readonly lines: readonly string[];
}

const flow: fc.Arbitrary<string> = fc.letrec<{ flow: string }>((tie) => ({
  flow: fc.oneof(
    { maxDepth: 2 },
    scalar.filter((text) => !/^[^"'].*[,[\]{}]/.test(text)),
    fc
      .array(tie('flow'), { maxLength: 3 })
      .chain((items) => fc.constantFrom(`[${items.join(',')}]`, `[ ${items.join(' , ')} ]`, `[${items.join(', ')}]`)),
    fc.uniqueArray(fc.tuple(word, tie('flow')), { maxLength: 3, selector: ([key]) => key }).chain((pairs) => {
      const written = pairs.map(([key, value]) => `${key}: ${value}`);
      return fc.constantFrom(`{${written.join(',')}}`, `{  ${written.join(',  ')}  }`);
    }),
  ),
})).flow;

const blockText = fc
  .tuple(
    fc.constantFrom('|', '>', '|-', '>+', '|+'),
    fc.array(fc.constantFrom('text', '  deeper', '', '# no comment', 'k: v'), { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 1, max: 5 }),
  )
  .filter(([, lines]) => lines[0] === 'text')
  .map(
    ([header, lines, indent]): Written => ({
      lines: [header, ...lines.map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`))],
    }),
  );
const longText = fc.tuple(fc.constantFrom('"', "'", ''), fc.integer({ min: 1, max: 5 }), fc.boolean()).map(
  ([quote, indent, gap]): Written => ({
    lines: [`${quote}one`, ...(gap ? [''] : []), `${' '.repeat(indent)}two${quote}`],
  }),
);
const longFlow = fc.tuple(fc.array(flow, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 4 }), note).map(
  ([items, indent, comment]): Written => ({
    lines: [`[${comment}`, ...items.map((item) => `${' '.repeat(indent)}${item},`), `${' '.repeat(indent)}]`],
  }),
);

const between = fc.constantFrom<readonly string[]>([], [], [], [''], ['', '', ''], ['# above'], ['# a', '', '# b']);

/** A map or a list in lines; the first line has no indentation of its own. */
const block: fc.Arbitrary<Written> = fc.letrec<{ value: Written; map: Written; list: Written }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(flow, note).map(([text, comment]) => ({ lines: [`${text}${comment}`] })),
    blockText,
    longText,
    longFlow,
    tie('map'),
    tie('list'),
  ),
  map: fc
    .tuple(
      fc.uniqueArray(fc.tuple(word, tie('value'), blank, between), {
        minLength: 1,
        maxLength: 3,
        selector: ([key]) => key,
      }),
      fc.constantFrom(1, 2, 4),
      note,
      fc.boolean(),
    )
    .map(([pairs, indent, comment, isTight]) => ({
      lines: pairs.flatMap(([key, { lines }, gap, above], index) => {
        const [first = '', ...rest] = lines;
        const isNested = /^(- |[\w.-]+ *:( |$))/.test(first);
        const shown = index === 0 ? [] : above;
        if (!isNested) return [...shown, `${key}:${gap}${first}`, ...shift(rest, rest.length > 0 ? indent : 0)];
        const isList = first.startsWith('- ');
        return [...shown, `${key}:${comment}`, ...shift(lines, isList && isTight ? 0 : indent)];
      }),
    })),
  list: fc.tuple(fc.array(fc.tuple(tie('value'), blank, between), { minLength: 1, maxLength: 3 })).map(([items]) => ({
    lines: items.flatMap(([{ lines }, gap, above], index) => {
      const [first = '', ...rest] = lines;
      return [...(index === 0 ? [] : above), `-${gap}${first}`, ...shift(rest, 1 + gap.length)];
    }),
  })),
})).map;

function shift(lines: readonly string[], by: number): readonly string[] {
  return lines.map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`));
}

const text = fc
  .tuple(between, block, between, fc.constantFrom('\n', '\r\n'), fc.constantFrom('', '\n', '\n\n\n'))
  .map(([above, { lines }, below, newline, end]) =>
    [...above, ...lines, ...below].join('\n').concat(end).replaceAll('\n', newline),
  )
  .filter((written) => isParsed(written));

function isParsed(written: string): boolean {
  return !readYamlAtOnce(createSourceText('postern.yaml', written), explainSyntax).isBroken;
}

describe('formatting any text', () => {
  test('keeps its meaning and its comments, and formatting the result changes nothing', () => {
    let formatted = 0;
    let all = 0;
    fc.assert(
      fc.property(text, (before) => {
        const result = formatYaml('postern.yaml', before);
        all += 1;
        if (result.outcome === 'refused') {
          expect(result.problems.map(({ code }) => code)).toEqual(['P036']);
          return;
        }
        formatted += 1;
        const after = result.text;
        expect(parse(after, { version: '1.2', schema: 'core' })).toEqual(
          parse(before, { version: '1.2', schema: 'core' }),
        );
        expect(formatYaml('postern.yaml', after)).toEqual({ outcome: 'formatted', text: after });
        if (!before.includes('+')) expect(after).toMatch(/[^\n]\n$|^\n?$/);
        expect(after.split('\n').filter((line) => /^ *- {2,}|^\t/.test(line) && !before.includes(line.trim()))).toEqual(
          [],
        );
      }),
      { numRuns: 700 },
    );
    // Refusing is right only for what nobody writes.
    expect(formatted / all).toBeGreaterThan(0.995);
  });

  test('a text that is not YAML is refused with its place, and never thrown at', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('a', ':', ' ', '\n', '-', '[', '{', '}', '"', "'", '#', '|', '&', '*', '?', '\t', ','),
        }),
        (before) => {
          const result = formatYaml('postern.yaml', before);
          if (result.outcome === 'formatted') expect(formatYaml('postern.yaml', result.text)).toEqual(result);
          else expect(result.problems.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
