import { describe, expect, test } from '@jest/globals';
import { compilePathEntry, compilePathExpression } from '../../src/config/compile/path-entry.ts';
import { parsePathExpression } from '../../src/config/values/path-expression.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { checkExpression } from '../../src/policy/expression/compile-expression.ts';
import { ada, denial, facts, grant, policy } from '../support/judgement-policy.ts';

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
      // A backtracking engine does not come back from these within a lifetime.
      expect([matches(path), matchesAnyCase(path)]).toEqual([false, false]);
    },
  );

  test.each([
    '^/(a{100}){100}$',
    '^/((a?){50}){20}$',
    `^/${'(a|b)'.repeat(200)}$`,
    `^/${'(\\pL{900})'.repeat(40)}$`,
    `^/${'((\\pL{31}){32})'.repeat(30)}$`,
    '^/(?=a)a$',
    '^/(a)\\1$',
    '^/(?<!a)b$',
  ])('%s is refused as the file is read', (source) => {
    expect(parsePathExpression(source)).toMatchObject({ ok: false, code: 'P049' });
  });

  test.each([
    '^/[a{600}]+$',
    '^/\\p{Greek}{400}$',
    '^/(?i)(?:a|b){100}$',
    '^/(?P<x>[0-9]{10}){10}/[^/]{1,64}$',
    '^/invoices/[0-9]{1,9}(?:/[a-z]{2,3}){0,4}$',
    '^/a{2,}\\{900\\}$',
  ])('%s is what somebody may well write, and passes', (source) => {
    expect(parsePathExpression(source)).toMatchObject({ ok: true });
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
  test.each([
    ['user.groups.exists(g, g.startsWith("team-") || g == "staff")'],
    ['user.groups.map(g, g.lowerAscii()).exists(g, g == "staff")'],
    ['claims.roles.exists(role, role == "none") || claims.roles.all(role, role != "")'],
    ['claims.team in user.groups'],
    ['user.groups.filter(g, g.contains("admin")).size() > 3'],
  ])('%s is what somebody may well write, and passes', (source) => {
    expect(checkExpression(source).outcome).toBe('checked');
  });

  const ten = `[${'0,'.repeat(10)}]`;
  test.each([
    [`${ten}.map(x, ${ten}).map(x, ${ten} + ${ten}).size() > 1 && user.groups.map(g, user.groups).size() > 1`, 'rows'],
    ['user.groups.map(g, user.groups).map(g, g + g).map(g, g + g).size() > 3', 'lists of lists'],
    ['user.groups.exists(g, g in user.groups)', 'every pair'],
    ['claims.a.exists(x, x in claims.b || claims.a == claims.b)', 'every pair of claims'],
    [`["x"]${'.map(x, x + x)'.repeat(15)}.size() == 1`, 'a text that doubles'],
    [`user.groups${'.map(x, [x, x])'.repeat(15)}.size() == 1`, 'a list that doubles'],
    [`request.path${'.upperAscii()'.repeat(15)} == ""`, 'a text that grows'],
    [Array.from({ length: 12 }, () => 'user.groups.exists(g, g == "x")').join(' || '), 'many loops'],
  ])('%s is refused as the file is read, with what it would cost: %s', (source) => {
    expect(checkExpression(source)).toMatchObject({
      outcome: 'refused',
      kind: 'cost',
      says: expect.stringMatching(/^could take [\d,]+ steps on one request, and 400,000 are the most$|more than/),
    });
  });

  test('types of maps in maps are refused before they are worked out', () => {
    expect(checkExpression(`[1]${'.map(a, {a: a})'.repeat(60)}.size() == 1`).outcome).toBe('refused');
  });

  test('that reads nothing is not worked out as the file is read', () => {
    const checked = checkExpression(`[${'1,'.repeat(90)}].map(x, [${'1,'.repeat(40)}]).size() == 90`);
    expect(checked.outcome === 'checked' && checked.constant()).toBeUndefined();
    expect(checkExpression('1 == 2')).toMatchObject({ outcome: 'checked' });
  });

  test('ends at its budget whatever it is asked about, and then has failed', () => {
    const condition = conditionOf('claims.roles.all(role, role != "" && role != "x" && role != "y" && role != "z")');
    const roles = Array.from({ length: 200_000 }, (_, at) => `role-${at}`);
    const asked = facts({ person: { ...ada, claims: { roles } } });
    expect(() => condition.evaluate(asked)).toThrow('more steps than one may');
    const closing = policy({ grants: [grant()], denials: [denial({ when: condition })] });
    expect(evaluate(closing, asked)).toMatchObject({ outcome: 'deny', reason: 'policy_error' });
    expect(evaluate(policy({ grants: [grant({ when: condition })] }), asked).outcome).toBe('deny');
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
    expect(evaluate(rules, facts({ person: { ...ada, claims: { contractor: 'no' } } })).outcome).toBe('deny');
    expect(evaluate(rules, facts({ person: { ...ada, claims: { contractor: false } } })).outcome).toBe('allow');
  });
});
