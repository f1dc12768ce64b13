import { performance } from 'node:perf_hooks';
import { describe, expect, test } from '@jest/globals';
import { compilePathEntry, compilePathExpression } from '../../src/config/compile/path-entry.ts';
import { parsePathExpression } from '../../src/config/values/path-expression.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { checkExpression } from '../../src/policy/expression/compile-expression.ts';
import { ada, denial, facts, grant, policy } from '../support/judgement-policy.ts';

/** The CPU time that something takes, in ms, the best of three. */
function cost(work: () => unknown): number {
  const times = [0, 1, 2].map(() => {
    const since = performance.now();
    work();
    return performance.now() - since;
  });
  return Math.min(...times);
}

function conditionOf(source: string) {
  const checked = checkExpression(source);
  if (checked.outcome === 'refused') throw new Error(checked.says);
  return checked.compile({ file: 'postern.yaml', line: 1, column: 1 });
}

describe('a regular expression of a rule', () => {
  test.each(['^/(a+)+$', '^/(a|a)*b$', '^/(.*a){20}x$', '^/[ab]*a[ab]{60}$', '^(/[^/]+)+/x$'])(
    '%s takes time that grows with the path alone',
    (source) => {
      expect(parsePathExpression(source)).toMatchObject({ ok: true });
      const { matches, matchesAnyCase } = compilePathExpression(source);
      const path = `/${'ab'.repeat(4_000)}!`;
      matches(path);
      // A backtracking engine does not come back from these within a lifetime.
      expect(cost(() => matches(path))).toBeLessThan(250);
      expect(cost(() => matchesAnyCase(path))).toBeLessThan(500);
    },
  );

  test.each([
    '^/(a{100}){100}$',
    '^/((a?){50}){20}$',
    `^/${'(a|b)'.repeat(200)}$`,
    '^/(?=a)a$',
    '^/(a)\\1$',
    '^/(?<!a)b$',
  ])('%s is refused as the file is read', (source) => {
    expect(parsePathExpression(source)).toMatchObject({ ok: false, code: 'P049' });
  });

  test('of a denial closes every spelling that a careless server reads as the same path', () => {
    const { matchesAnyCase, matches } = compilePathEntry('regex:^/admin/[a-z]+$');
    const spellings = [
      '/admin/users',
      '/ADMIN/Users',
      '/admin;x=1/users',
      '/admin/users/',
      '/admin./users',
      '/admin/users;y',
    ];
    expect(spellings.map(matchesAnyCase)).toEqual(spellings.map(() => true));
    expect(spellings.map(matches)).toEqual([true, false, false, false, false, false]);
    expect(compilePathEntry('path:/Admin/*').matchesAnyCase('/admin/*;x')).toBe(true);
    expect(compilePathEntry('path:/admin/*').matches('/admin/users')).toBe(false);
  });
});

describe('a condition in CEL', () => {
  test('over large claims takes time that grows with them', () => {
    const condition = conditionOf('claims.roles.exists(role, role == "none") || claims.roles.all(role, role != "")');
    const person = (size: number) => ({
      ...ada,
      claims: { roles: Array.from({ length: size }, (_, at) => `role-${at}`) },
    });
    const [small, large] = [1_000, 20_000].map((size) => {
      const asked = facts({ person: person(size) });
      condition.evaluate(asked);
      return cost(() => condition.evaluate(asked));
    });
    expect(large).toBeLessThan(20 * 20 * Math.max(small ?? 0, 0.05));
    expect(large).toBeLessThan(250);
  });

  test.each([
    ['request.path.matches("^(a+)+$")', 'backtracks'],
    ['claims.a.all(x, claims.a.all(y, claims.a.all(z, x == y || y == z)))', 'multiplies'],
    ['cel.bind(a, "xxxxxxxx", cel.bind(b, a + a, cel.bind(c, b + b, c != "")))', 'doubles'],
    [`${'!'.repeat(500)}true`, 'nests'],
    [`[${'1,'.repeat(400)}1].size() > 1`, 'is large'],
  ])('%s is refused, since it %s', (source) => {
    expect(checkExpression(source).outcome).toBe('refused');
  });

  test.each([
    'claims.contractor == true',
    'claims.name < 3',
    'int(claims.name) > 3',
    'claims.list[7] == 1',
    '1 / int(claims.zero) == 1',
  ])('%s that throws in a denial closes all the same', (source) => {
    const person = { ...ada, claims: { name: 'Ada', list: [], zero: 0 } };
    const rules = policy({ grants: [grant()], denials: [denial({ when: conditionOf(source) })] });
    expect(evaluate(rules, facts({ person }))).toMatchObject({ outcome: 'deny', reason: 'policy_error' });
  });

  test('a client cannot make a condition of a grant hold by breaking it', () => {
    const rules = policy({ grants: [grant({ when: conditionOf('!(claims.contractor == true)') })] });
    expect(evaluate(rules, facts({ person: { ...ada, claims: {} } })).outcome).toBe('deny');
    expect(evaluate(rules, facts({ person: { ...ada, claims: { contractor: 'no' } } })).outcome).toBe('allow');
  });
});
