import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ClaimValue } from '../../../src/decision/facts.ts';
import { checkExpression } from '../../../src/policy/expression/compile-expression.ts';
import { compileNode } from '../../../src/policy/expression/compile-node.ts';
import { estimateCost, type FactSizes, type Size } from '../../../src/policy/expression/estimate-cost.ts';
import { createExpressionEnvironment } from '../../../src/policy/expression/expression-facts.ts';
import { StepMeter } from '../../../src/policy/expression/step-meter.ts';
import { ada, facts } from '../../support/judgement-policy.ts';

interface Expressions {
  readonly bool: fc.Arbitrary<string>;
  readonly text: fc.Arbitrary<string>;
  readonly list: fc.Arbitrary<string>;
  readonly number: fc.Arbitrary<string>;
}

/** Every function, operator and loop of the language, most of it well typed. `x` is a loop's item. */
function expressionsOf(local: boolean): Expressions {
  const item = local ? ['x'] : [];
  const loops = local ? 0 : 1;
  const join = (pattern: string, ...parts: readonly fc.Arbitrary<string>[]) =>
    fc.tuple(...parts).map((texts) => texts.reduce((text, part) => text.replace('%', () => part), pattern));
  return fc.letrec<{ bool: string; text: string; list: string; number: string }>((tie) => {
    const [bool, text, list, number] = [tie('bool'), tie('text'), tie('list'), tie('number')];
    const body = loops === 0 ? undefined : expressionsOf(true);
    const loop = (pattern: string, inner: fc.Arbitrary<string> | undefined) =>
      inner === undefined ? [] : [join(pattern, list, inner)];
    return {
      bool: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom('true', 'false', 'has(claims.a)', 'claims.flag == true'),
        join('(% == %)', text, text),
        join('(% != %)', list, list),
        join('(% < %)', number, number),
        join('(% in %)', text, list),
        join('%.startsWith(%)', text, text),
        join('%.contains(%)', text, text),
        join('(% && %)', bool, bool),
        join('(% || %)', bool, bool),
        join('!%', bool),
        join('(% ? % : %)', bool, bool, bool),
        ...loop('%.exists(x, %)', body?.bool),
        ...loop('%.all(x, %)', body?.bool),
        ...loop('%.exists_one(x, %)', body?.bool),
      ),
      text: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom('"a"', `"${'long '.repeat(20)}"`, 'request.path', 'claims.a', ...item, ...item),
        join('(% + %)', text, text),
        join('%.lowerAscii()', text),
        join('%.upperAscii()', text),
        join('%.trim()', text),
        join('string(%)', number),
        join('%[0]', list),
      ),
      list: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom('user.groups', 'claims.list', 'claims.map', '["a", "b"]', ...item),
        join('(% + %)', list, list),
        join('[%, %]', text, text),
        join('[%, %]', list, list),
        ...loop('%.map(x, %)', body?.text),
        ...loop('%.map(x, %)', body?.list),
        ...loop('%.filter(x, %)', body?.bool),
        ...loop('%.map(x, x != "", %)', body?.list),
      ),
      number: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom('1', '2', '7'),
        join('size(%)', list),
        join('size(%)', text),
        join('(% + %)', number, number),
        join('int(%)', text),
      ),
    };
  });
}

const texts = fc.oneof(fc.string({ maxLength: 8 }), fc.string({ minLength: 60, maxLength: 200 }));
const lists = fc.array(texts, { maxLength: 30 });
const claims = fc.record({
  a: fc.oneof(texts, fc.constant(3)),
  flag: fc.oneof(fc.boolean(), fc.constant('true')),
  list: fc.oneof(lists, fc.array(lists, { maxLength: 6 })),
  map: fc.dictionary(texts, texts, { maxKeys: 12 }),
});

function weightOf(value: ClaimValue): number {
  if (typeof value === 'string') return 1 + value.length / 16;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.entries(value).reduce(
    (sum, [key, inner]) => sum + weightOf(inner) + (Array.isArray(value) ? 0 : weightOf(key)),
    1,
  );
}

function sizeOf(values: readonly ClaimValue[]): Size {
  const weight = Math.max(...values.map(weightOf));
  return { items: weight, weight };
}

test('no expression takes more steps than was worked out beforehand, whatever the facts', () => {
  const environment = createExpressionEnvironment();
  let ran = 0;
  fc.assert(
    fc.property(expressionsOf(false).bool, lists, claims, texts, (source, groups, sent, path) => {
      const checked = checkExpression(source);
      if (checked.outcome === 'refused' && checked.kind === 'unsound') return;
      ran += 1;
      const known = facts({ person: { ...ada, groups, claims: sent } });
      const asked = { ...known, request: { ...known.request, path } };
      const { ast } = environment.parse(source);
      const sizes: FactSizes = {
        groups: { items: groups.length, weight: weightOf(groups) },
        claim: sizeOf(Object.values(sent)),
        text: sizeOf([path]),
      };
      const meter = new StepMeter(10_000_000);
      compileNode(ast, undefined)({ facts: asked, meter, item: null });
      expect([source, meter.used <= estimateCost(ast, sizes).steps]).toEqual([source, true]);
    }),
    { numRuns: 2_000 },
  );
  expect(ran).toBeGreaterThan(200);
});

/** The library's answer. It has none for a list of mixed types: it takes the type of the first item for that of all. */
function answerOf(ask: () => unknown): unknown {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

test('what comes out is what the library for CEL says, wherever it has an answer', () => {
  const environment = createExpressionEnvironment();
  let agreed = 0;
  fc.assert(
    fc.property(expressionsOf(false).bool, lists, claims, (source, groups, sent) => {
      if (checkExpression(source).outcome === 'refused') return;
      const parsed = environment.parse(source);
      const asked = facts({ person: { ...ada, groups, claims: sent } });
      const outcome = compileNode(
        parsed.ast,
        undefined,
      )({ facts: asked, meter: new StepMeter(10_000_000), item: null });
      if (typeof outcome !== 'boolean') return;
      const view = { request: { path: asked.request.path, method: 'GET' }, user: { groups }, claims: sent };
      const theirs = answerOf(() => parsed(view));
      if (theirs === undefined) return;
      agreed += 1;
      expect([source, outcome]).toEqual([source, theirs]);
    }),
    { numRuns: 2_000 },
  );
  expect(agreed).toBeGreaterThan(200);
});
