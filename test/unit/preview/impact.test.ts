import { describe, expect, test } from '@jest/globals';
import { impactOf, renderImpact } from '../../../src/preview/impact.ts';
import {
  compileText,
  knownPerson,
  pagesOf,
  peopleNowMs,
  peopleYaml,
  routeYaml,
} from '../../support/people-snapshots.ts';

const people = () =>
  pagesOf(
    knownPerson('ada', ['finance']),
    knownPerson('noor', ['finance', 'contractors']),
    knownPerson('lin', []),
  ).pages();

async function impact(before: string, after: string) {
  return impactOf(await compileText(peopleYaml(before)), await compileText(peopleYaml(after)), people(), peopleNowMs);
}
const payroll = (rules: string) => routeYaml('payroll', rules);
const wiki = routeYaml('wiki', '    allow: [{ id: all, domains: [corp.example] }]');
const finance = '    allow: [{ id: finance, groups: [finance], auth: { methods: [passkey], max_age: 15m } }]';

describe('who gains and who loses', () => {
  test('names who must bring more: a claim, hours, a condition', async () => {
    const stricter = finance.replace(
      'groups: [finance]',
      'groups: [finance], claims: { level: [2, 3] }, hours: { from: "07:00", to: "20:00", zone: UTC }, when: claims.level > 1',
    );
    const [route] = await impact(payroll(finance), payroll(stricter));
    expect(route).toMatchObject({ route: 'payroll', gained: [], lost: [] });
    expect(route?.stricter.map(({ person, needs }) => [person, needs])).toContainEqual([
      'ada@corp.example',
      ['claim level = 2 or 3', 'hours mon-sun 07:00-20:00 UTC', 'when claims.level > 1'],
    ]);
    expect(await impact(payroll(stricter), payroll(stricter))).toEqual([]);
  });

  test('is nobody when the rules are the same', async () => {
    expect(await impact(payroll(finance) + wiki, wiki + payroll(finance))).toEqual([]);
  });

  test('names who loses to a new denial and who gains from a new route', async () => {
    const after = payroll(`${finance}\n    deny: [{ id: no-contractors, groups: [contractors] }]`) + wiki;
    expect(await impact(payroll(finance), after)).toEqual([
      { route: 'payroll', gained: [], lost: ['noor@corp.example'], stricter: [], requests: [] },
      {
        route: 'wiki',
        gained: ['ada@corp.example', 'noor@corp.example', 'lin@corp.example'],
        lost: [],
        stricter: [],
        requests: [],
      },
    ]);
  });

  test('names who has to bring more, and what', async () => {
    const more =
      '    allow: [{ id: finance, groups: [finance], device: managed-laptop, auth: { methods: [passkey], max_age: 5m } }]';
    const [one] = await impact(payroll(finance), payroll(more));
    expect(one).toMatchObject({ gained: [], lost: [] });
    expect(one?.stricter[0]).toEqual({
      person: 'ada@corp.example',
      needs: ['device managed-laptop', 'a younger proof'],
    });
    expect(await impact(payroll(more), payroll(finance))).toEqual([]);
  });

  test('counts a removed route as lost', async () => {
    expect(await impact(payroll(finance) + wiki, payroll(finance))).toMatchObject([
      { route: 'wiki', lost: ['ada@corp.example', 'noor@corp.example', 'lin@corp.example'] },
    ]);
  });

  test('names what a segment asks for beside the rule', async () => {
    const segments = 'segments: { finance: { upstreams: [10.0.0.0/8], require: { device: managed-laptop } } }';
    const route = payroll(finance).replace('    to: ', '    segment: finance\n    to: ');
    const before = await compileText(peopleYaml(payroll(finance)));
    const after = await compileText(peopleYaml(route, segments));
    const [one] = await impactOf(before, after, people(), peopleNowMs);
    expect(one?.lost).toEqual([]);
    expect(one?.stricter[0]).toEqual({ person: 'ada@corp.example', needs: ['device managed-laptop'] });
  });

  test('counts a provider that is gone, which no route names', async () => {
    const before = peopleYaml(payroll(finance));
    const after = await compileText(before.replaceAll('https://idp.corp.example', 'https://new-idp.corp.example'));
    const [one] = await impactOf(await compileText(before), after, people(), peopleNowMs);
    expect(one?.lost).toEqual(['ada@corp.example', 'noor@corp.example']);
  });

  test('is told in lines that no name can break', () => {
    const stricter = [{ person: 'c', needs: ['x', 'y'] }];
    const impact = { route: 'payroll', gained: [], lost: ['a\nb'], stricter, requests: [] };
    expect(renderImpact(impact)).toEqual(['payroll  loses access: a\ufffdb', 'payroll  must bring x, y: c']);
  });

  test('tells the methods and paths that somebody gains or loses', async () => {
    const open = '    allow: [{ id: finance, groups: [finance] }]';
    const narrow = '    allow: [{ id: finance, groups: [finance], paths: [/reports/**], methods: [GET] }]';
    const [route] = await impact(payroll(open), payroll(narrow));
    expect(route).toMatchObject({ route: 'payroll', gained: [], lost: [] });
    expect(route?.requests).toContainEqual({
      request: 'GET /x',
      gained: [],
      lost: ['ada@corp.example', 'noor@corp.example'],
    });
    expect(route?.requests.map(({ request }) => request)).not.toContain('GET /reports/x');
    const denied = `${open}\n    deny: [{ id: no, groups: [contractors], paths: [/admin/**] }]`;
    const [back] = await impact(payroll(denied), payroll(open));
    expect(back?.requests).toContainEqual({ request: 'GET /admin/x', gained: ['noor@corp.example'], lost: [] });
    expect(back === undefined ? [] : renderImpact(back)).toContain('payroll  gains GET /admin/x: noor@corp.example');
  });

  test('tells a method and a path that are taken away, however many others stay', async () => {
    const paths = Array.from({ length: 20 }, (_, index) => `/part-${index}/**`);
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
    const rule = (someMethods: readonly string[], somePaths: readonly string[]) =>
      payroll(
        `    allow: [{ id: all, groups: [finance], methods: [${someMethods}], paths: ["${somePaths.join('", "')}"] }]`,
      );
    const lost = async (before: string, after: string) => {
      const [route] = await impact(before, after);
      expect(route).toMatchObject({ gained: [], lost: [], stricter: [] });
      return route?.requests.flatMap((one) => (one.lost.includes('ada@corp.example') ? one.request : []));
    };
    const whole = rule(methods, paths);
    expect(await lost(whole, rule(methods, paths.slice(0, -1)))).toContain('DELETE /part-19');
    expect(await lost(whole, rule(methods.slice(0, -1), paths))).toContain('DELETE /part-0');
    const denied = `${whole}    deny: [{ id: none, groups: [finance], methods: [PATCH], paths: [/part-12/**] }]\n`;
    expect(await lost(whole, denied)).toContain('PATCH /part-12');
  });

  test('tells what a segment narrows to some methods and paths', async () => {
    const segments = 'segments: { reading: { require: { methods: [GET], paths: [/reports/**] } } }';
    const open = payroll('    allow: [{ id: finance, groups: [finance] }]');
    const before = await compileText(peopleYaml(open));
    const after = await compileText(peopleYaml(open.replace('    to: ', '    segment: reading\n    to: '), segments));
    const [route] = await impactOf(before, after, people(), peopleNowMs);
    const changed = route?.requests.map(({ request, lost }) => `${request} ${lost.length}`);
    expect(changed).toContain('GET /x 2');
    expect(changed).not.toContain('GET /reports/x 2');
  });

  test('tells whose requests another route takes when expressions change places', async () => {
    const few = wikiAt('few', '^/r/[a-f]+$', 'contractors');
    const all = wikiAt('all', '^/r/[a-z]+$', 'finance');
    const routes = await impact(few + all, all + few);
    expect(routes.find(({ route }) => route === 'few')?.requests).toContainEqual({
      request: 'GET /r/a',
      gained: [],
      lost: ['noor@corp.example'],
    });
    expect(routes.find(({ route }) => route === 'all')?.requests).toContainEqual({
      request: 'GET /r/a',
      gained: ['ada@corp.example', 'noor@corp.example'],
      lost: [],
    });
  });
});

function wikiAt(name: string, regex: string, group: string): string {
  return `  - name: ${name}
    from: https://wiki.corp.example
    to: https://10.0.0.5:8443
    regex: ${regex}
    allow: [{ id: those, groups: [${group}] }]
`;
}
