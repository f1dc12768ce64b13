import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadPorts } from '../../../../src/config/load-configuration.ts';
import { findOpenings } from '../../../../src/config/openings/find-openings.ts';
import type { Snapshot } from '../../../../src/config/snapshot.ts';
import { basePorts } from '../../../support/config-files.ts';
import { compileText, peopleYaml, routeYaml } from '../../../support/people-snapshots.ts';

const grant = '{ id: a, groups: [finance, hr], networks: [office], auth: { methods: [otp, passkey], max_age: 15m } }';
const denial = '{ id: no, groups: [contractors], paths: [/admin/**] }';
const routes = `${routeYaml('payroll', `    allow: [${grant}]\n    deny: [${denial}]`)}${routeYaml('wiki', '    prefix: /open\n    allow: [{ id: all, domains: [corp.example] }]')}  - name: guarded
    from: https://wiki.corp.example
    to: https://10.0.0.6:8443
    prefix: /open/guarded
    allow: [{ id: few, groups: [admins], device: managed-laptop }]
  - name: first
    from: https://wiki.corp.example
    to: https://10.0.0.6:8443
    regex: ^/r/[a-f]+$
    allow: [{ id: few, groups: [admins] }]
  - name: second
    from: https://wiki.corp.example
    to: https://10.0.0.6:8443
    regex: ^/r/[a-z]+$
    allow: [{ id: all, groups: [everyone] }]
tests:
  - { name: out, given: { groups: [contractors] }, request: { path: /admin/x }, deny: { payroll: explicit_deny } }
`;
const text = peopleYaml(routes, 'break_glass: [root-1@corp.example]');
let ports: LoadPorts;
let running: Snapshot;
beforeAll(async () => {
  ports = await basePorts();
  running = await compileText(text, ports);
});

/** What an edit of the file opens. */
async function openings(from: string | RegExp, to: string): Promise<readonly string[]> {
  const edited = text.replace(from, to);
  expect(edited).not.toBe(text);
  return findOpenings(await compileText(edited, ports), running);
}

describe('what a configuration opens', () => {
  test.each([
    ['a denial is gone', `    deny: [${denial}]\n`, '', 'payroll/no denies no more'],
    ['a denial is narrower', 'paths: [/admin/**]', 'paths: [/admin/x]', 'payroll/no may deny less'],
    ['a denial is of fewer', 'groups: [contractors]', 'groups: [other]', 'payroll/no may deny less'],
    [
      'a denial only reports',
      `${denial.slice(0, -2)}`,
      `${denial.slice(0, -2)}, mode: report_only`,
      'payroll/no may deny less',
    ],
    ['a demand is gone', ', networks: [office]', '', 'payroll/a may grant more'],
    ['a demand is laxer', 'max_age: 15m', 'max_age: 16m', 'payroll/a may grant more'],
    [
      'another proof will do',
      'methods: [otp, passkey]',
      'methods: [otp, passkey, password]',
      'payroll/a may grant more',
    ],
    ['a group is added', 'groups: [finance, hr]', 'groups: [finance, hr, all]', 'payroll/a may grant more'],
    ['a grant is added', `[${grant}]`, `[${grant}, { id: b, groups: [x] }]`, 'payroll/b is a new grant'],
    [
      'services may come',
      '{ id: few, groups: [admins] }',
      '{ id: few, groups: [admins], risk: { below: 90 } }',
      'first/few may grant more',
    ],
    ['a route is public', `allow: [{ id: all, groups: [everyone] }]`, 'public: true', 'second is public'],
    ['a network is wider', '203.0.113.0/24', '203.0.113.0/24, 198.51.100.0/24', 'payroll/a may grant more'],
    ['a network is another one', '203.0.113.0/24', '198.51.100.0/24', 'payroll/a may grant more'],
    ['a posture asks for less', 'max_age: 24h', 'max_age: 25h', 'posture managed-laptop'],
    ['a provider proves by less', 'otp: { amr: [[otp]] }', 'otp: { amr: [[sms]] }', 'provider corp'],
    ['a guarded person is not guarded', '[root-1@corp.example]', '[]', 'break_glass guards fewer people'],
    [
      'a stricter route below a laxer one is gone',
      / {2}- name: guarded[\s\S]*?(?= {2}- name: first)/,
      '',
      'guarded is gone, and wiki may take its requests',
    ],
    [
      'an expression is gone before a laxer one',
      / {2}- name: first[\s\S]*?(?= {2}- name: second)/,
      '',
      'first is gone, and second may take its requests',
    ],
    ['a test is gone', /tests:[\s\S]*$/, '', 'a test is gone: out'],
    ['a route leads elsewhere', 'https://10.0.0.5:8443', 'https://10.0.0.7:8443', 'payroll: target'],
    [
      'a route has another host',
      'https://payroll.corp',
      'https://other.corp',
      'payroll is a new route, or has another address',
    ],
    ['proxies are believed', '  auth_host', '  trusted_proxies: [10.0.0.0/8]\n  auth_host', 'server'],
  ])('%s', async (_why, from, to, opening) => {
    expect(await openings(from, to)).toContain(opening);
  });

  test('two expressions change places', async () => {
    const [, first = '', second = ''] =
      /( {2}- name: first[\s\S]*?)( {2}- name: second[\s\S]*?)tests:/.exec(text) ?? [];
    expect(await openings(first + second, second + first)).toEqual(['wiki.corp.example: the order of its expressions']);
  });

  test.each([
    ['another title and comments', '  - name: payroll', '  # ours\n  - name: payroll\n    title: Wages'],
    ['a grant is gone', '[{ id: few, groups: [admins] }]', '[]'],
    ['a group is gone', 'groups: [finance, hr]', 'groups: [hr]'],
    ['a demand is new', '{ id: few, groups: [admins] }', '{ id: few, groups: [admins], when: "now.hour < 9" }'],
    ['a denial is new', `[${denial}]`, `[${denial}, { id: more, groups: [hr] }]`],
    ['a denial is wider', ', paths: [/admin/**]', ''],
    ['a proof must be younger', 'max_age: 15m', 'max_age: 5m'],
    ['a posture asks for more', '[disk_encrypted]', '[disk_encrypted, firewall]'],
    ['a grant only reports', '{ id: few, groups: [admins] }', '{ id: few, groups: [admins], mode: report_only }'],
    [
      'the last route of a host is gone',
      / {2}- name: payroll[\s\S]*?(?= {2}- name: wiki)[\s\S]*$/,
      routes
        .slice(routes.indexOf('  - name: wiki'))
        .replace('deny: { payroll: explicit_deny }', 'accept: [wiki]')
        .replace('groups: [contractors] }, request: { path: /admin/x }', 'user: a@corp.example, risk: 0 }'),
    ],
    ['a test is new', 'tests:', 'tests:\n  - { name: more, given: {}, accept: [wiki] }'],
  ])('nothing where %s', async (_why, from, to) => {
    expect(await openings(from, to)).toEqual([]);
  });

  test('nothing of itself', async () => {
    expect(await findOpenings(await compileText(`# the same\n${text}`, ports), running)).toEqual([]);
  });
});

describe('what a configuration opens behind a rewrite', () => {
  const mounted = `  - name: mounted
    from: https://front.corp.example
    to: https://10.0.0.9:8443
    prefix: /grafana
    rewrite: { strip_prefix: /grafana }
    allow: [{ id: all, groups: [everyone] }]
`;
  const direct = `  - name: direct
    from: https://direct.corp.example
    to: https://10.0.0.9:8443
    title: Direct
    allow: [{ id: few, groups: [admins] }]
    deny: [${denial}]
`;
  const before = peopleYaml(`${mounted}${direct}`);

  async function openedBy(from: string, to: string): Promise<readonly string[]> {
    const edited = before.replace(from, to);
    expect(edited).not.toBe(before);
    return findOpenings(await compileText(edited, ports), await compileText(before, ports));
  }

  test('is nothing where another route of the app denies more, or has another title', async () => {
    const more = `deny: [{ id: closed, paths: [/feed] }, ${denial}]`;
    expect(await openedBy(`deny: [${denial}]`, more)).toEqual([]);
    expect(await openedBy('title: Direct', 'title: Straight')).toEqual([]);
  });

  test('is what another route of the app denied that is gone, leads elsewhere, or denies less', async () => {
    const opened = 'mounted: direct/no denies no more what is rewritten';
    expect(await openedBy(direct, '')).toContain(opened);
    expect(await openedBy('to: https://10.0.0.9:8443\n    title', 'to: https://10.0.0.8:8443\n    title')).toContain(
      opened,
    );
    expect(await openedBy('paths: [/admin/**]', 'paths: [/admin/x]')).toContain(opened);
  });
});
