import { beforeAll, describe, expect, test } from '@jest/globals';
import { compilePathEntry } from '../../../../../src/config/compile/path-entry.ts';
import { diffSnapshots } from '../../../../../src/config/diff/diff-snapshots.ts';
import { diffEffects } from '../../../../../src/config/diff/effects/diff-effects.ts';
import { renderEffect } from '../../../../../src/config/diff/effects/render-effect.ts';
import { examplesOfEntry } from '../../../../../src/config/diff/effects/sample-paths.ts';
import { renderChange } from '../../../../../src/config/diff/render-diff.ts';
import type { LoadPorts } from '../../../../../src/config/load-configuration.ts';
import { basePorts } from '../../../../support/config-files.ts';
import { compileText, peopleNowMs, peopleYaml, routeYaml } from '../../../../support/people-snapshots.ts';

let ports: LoadPorts;
beforeAll(async () => {
  ports = await basePorts();
});

const at = (name: string, match: string, rules: string) =>
  `  - name: ${name}\n    from: https://wiki.corp.example\n    to: https://10.0.0.5:8443\n    ${match}\n    ${rules}\n`;

async function both(before: string, after: string) {
  const [one, other] = [await compileText(peopleYaml(before), ports), await compileText(peopleYaml(after), ports)];
  const { effects, isCut } = await diffEffects(one, other, peopleNowMs);
  expect(isCut).toBe(false);
  return { changes: (await diffSnapshots(one, other)).flatMap(renderChange), effects: effects.map(renderEffect) };
}

describe('what differs in answers', () => {
  test('shows two expressions that changed places, by key and by whom it opens to', async () => {
    const few = at('few', 'regex: ^/r/[a-f]+$', 'allow: [{ id: a, groups: [admins] }]');
    const all = at('all', 'regex: ^/r/[a-z]+$', 'allow: [{ id: b, groups: [everyone] }]');
    const { changes, effects } = await both(few + all, all + few);
    expect(changes).toEqual(['~ route all  asked after few -> first', '~ route few  asked first -> after all']);
    expect(effects).toContainEqual(
      expect.stringMatching(
        /^! few -> all {2}GET wiki\.corp\.example\/r\/a.*: denied -> opens, for somebody in everyone$/,
      ),
    );
  });

  test('shows who takes over the requests of a route that is gone', async () => {
    const strict = at('strict', 'prefix: /admin', 'allow: [{ id: a, groups: [admins] }]');
    const lax = at('lax', 'prefix: /', 'allow: [{ id: b, groups: [everyone] }]');
    const { effects } = await both(strict + lax, lax);
    expect(effects).toContainEqual(
      expect.stringMatching(
        /^! strict -> lax {2}GET wiki\.corp\.example\/admin.*denied -> opens, for somebody in everyone$/,
      ),
    );
  });

  test.each([
    [
      'a denial that is gone',
      '\n    deny: [{ id: no, groups: [contractors], paths: [/admin/**] }]',
      '',
      /GET payroll.corp.example\/admin.*denied -> opens, for somebody in finance, in contractors/,
    ],
    [
      'a method that is granted',
      ', methods: [GET] }]',
      ', methods: [GET, DELETE] }]',
      /DELETE payroll.corp.example\/.*denied -> opens, for somebody in finance/,
    ],
    ['services that may come', 'groups: [finance]', 'services: [bot]', /for somebody as the service bot$/],
  ])('shows %s', async (_what, from, to, line) => {
    const rules =
      '    allow: [{ id: f, groups: [finance], methods: [GET] }]\n    deny: [{ id: no, groups: [contractors], paths: [/admin/**] }]';
    expect(rules).toContain(from);
    const services = `services: [{ id: bot, token_hash: "sha256:${'a'.repeat(64)}" }]
`;
    const yaml = (text: string) => `${routeYaml('payroll', text)}${_what.startsWith('services') ? services : ''}`;
    const { effects } = await both(yaml(rules), yaml(rules.replace(from, to)));
    expect(effects).toContainEqual(expect.stringMatching(line));
  });

  test('shows nothing for routes of other hosts that stand elsewhere, and for other words', async () => {
    const [one, other] = [
      routeYaml('payroll', '    allow: [{ id: f, groups: [finance] }]'),
      at('wiki', 'prefix: /', 'public: true'),
    ];
    expect(
      await both(one + other, other + one.replace('- name: payroll', '- name: payroll\n    title: Wages')),
    ).toMatchObject({ effects: [] });
  });

  test('stops after as many judgements as it may make, and says so', async () => {
    const [one, other] = [
      await compileText(peopleYaml(routeYaml('payroll', '    allow: [{ id: f, groups: [finance] }]')), ports),
      await compileText(peopleYaml(routeYaml('payroll', '    allow: [{ id: f, groups: [hr] }]')), ports),
    ];
    expect((await diffEffects(one, other, peopleNowMs, 3)).isCut).toBe(true);
  });
});

test.each([
  '/reports/**',
  '/a/*/b*',
  '/**',
  'path:/a*',
  'regex:^/r/[a-f]+$',
  'regex:^/(a|b(c|d)?)/\\d{2,4}$',
  'regex:^/[^/]+/x{0,2}.*$',
  'regex:^/(?:v\\d+|api)/[\\w-]+\\.json$',
  'regex:^/x+?y*$',
])('examples of %s are matched by it', (entry) => {
  const pattern = compilePathEntry(entry);
  const examples = examplesOfEntry(entry);
  expect(examples.length).toBeGreaterThan(0);
  expect(examples.filter((path) => !pattern.matches(path))).toEqual([]);
});
