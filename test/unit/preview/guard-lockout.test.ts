import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadPorts } from '../../../src/config/load-configuration.ts';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import type { LastOpening } from '../../../src/people/last-openings.ts';
import { guardLockout } from '../../../src/preview/guard-lockout.ts';
import { basePorts } from '../../support/config-files.ts';
import {
  compileText,
  guardSources,
  knownPerson,
  peopleNowMs,
  peopleYaml,
  routeYaml,
} from '../../support/people-snapshots.ts';

const root = knownPerson('root-1', ['admins', 'finance']);
const list = 'break_glass: [Root-1@corp.example]';
const open = (rules: string) => routeYaml('payroll', rules);
const admins = '    allow: [{ id: admins, groups: [admins] }]';
let ports: LoadPorts;
let running: Snapshot;
beforeAll(async () => {
  ports = await basePorts();
  running = await compile(peopleYaml(open(admins), list));
});

/** Of the same certificates, as a reload reads them. */
const compile = (text: string) => compileText(text, ports);

async function guard(text: string, people = [root], caller?: string) {
  return guardLockout(await compile(text), running, { ...guardSources(people), caller });
}

describe('the lockout guard', () => {
  test('lets a change pass that takes nothing from the people of break_glass', async () => {
    const verdict = await guard(peopleYaml(open('    allow: [{ id: finance, groups: [finance] }]'), list));
    expect(verdict).toEqual({
      name: 'lockout',
      outcome: 'ok',
      lines: ['the one guarded person keeps access'],
      lost: [],
    });
  });

  test.each([
    ['the grant is gone', open('    allow: [{ id: hr, groups: [hr] }]')],
    ['a denial hits them', open(`${admins}\n    deny: [{ id: no-finance, groups: [finance] }]`)],
    ['the route is gone', routeYaml('wiki', admins)],
  ])('refuses when %s', async (_why, routes) => {
    const verdict = await guard(peopleYaml(routes, list));
    expect(verdict.outcome).toBe('refused');
    expect(verdict.lines[0]).toBe('root-1@corp.example would lose payroll');
    expect(verdict.lines.at(-1)).toContain('--allow-lockout');
  });

  test('refuses when another route of the same app denies what a rewrite leads them to', async () => {
    const mounted = `${admins}\n    prefix: /mounted\n    rewrite: { strip_prefix: /mounted }`;
    const beside = (rules: string) => peopleYaml(`${open(mounted)}${routeYaml('direct', rules)}`, list);
    const before = await compile(beside(admins));
    const guarded = async (denial: string) =>
      guardLockout(await compile(beside(`${admins}\n    deny: [${denial}]`)), before, guardSources([root]));
    const verdict = await guarded('{ id: no-finance, groups: [finance], paths: [/] }');
    expect(verdict.outcome).toBe('refused');
    expect(verdict.lines[0]).toBe('root-1@corp.example would lose payroll, direct');
    expect((await guarded('{ id: no-finance, groups: [finance], paths: [/elsewhere] }')).outcome).toBe('ok');
  });

  test('refuses when the provider is gone by which they sign in', async () => {
    const text = peopleYaml(open(admins), list).replaceAll('https://idp.corp.example', 'https://new-idp.corp.example');
    expect((await guard(text)).outcome).toBe('refused');
  });

  test('takes what a device, a proof or a place must bring for brought', async () => {
    const grant =
      '{ id: admins, groups: [admins], device: managed-laptop, auth: { methods: [passkey] }, networks: [office] }';
    expect((await guard(peopleYaml(open(`    allow: [${grant}]`), list))).outcome).toBe('ok');
    const denial = '    deny: [{ id: bad-device, groups: [admins], device_fails: managed-laptop }]';
    expect((await guard(peopleYaml(open(`${admins}\n${denial}`), list))).outcome).toBe('ok');
  });

  test('is not got around by striking the name from the list in the same change', async () => {
    expect((await guard(peopleYaml(open('    allow: [{ id: hr, groups: [hr] }]')))).outcome).toBe('refused');
  });

  test('warns of somebody who never signed in, and does not block', async () => {
    const verdict = await guard(peopleYaml(open('    allow: [{ id: hr, groups: [hr] }]'), list), []);
    expect(verdict).toEqual({
      name: 'lockout',
      outcome: 'warning',
      lines: ['root-1@corp.example has never signed in, so what they keep cannot be told'],
      lost: [],
    });
  });

  test('guards the one who reloads like the others, and nobody else', async () => {
    const lin = knownPerson('lin', ['admins']);
    const text = peopleYaml(open(`${admins}\n    deny: [{ id: no-lin, emails: [lin@corp.example] }]`), list);
    expect((await guard(text, [root, lin])).outcome).toBe('ok');
    expect((await guard(text, [root, lin], 'Lin@corp.example')).lines).toContain('lin@corp.example would lose payroll');
  });

  test('does not count as lost what they could not reach before', async () => {
    const outsider = knownPerson('root-1', ['nothing']);
    expect((await guard(peopleYaml(open('    allow: [{ id: hr, groups: [hr] }]'), list), [outsider])).outcome).toBe(
      'ok',
    );
  });

  test('names no grant: break_glass itself opens nothing', async () => {
    const outsider = knownPerson('root-1', []);
    const verdict = await guard(peopleYaml(open(admins), list), [outsider]);
    expect(verdict.outcome).toBe('ok');
    expect(running.routes[0]?.policy.grants.map(({ id }) => id)).toEqual(['admins']);
  });

  const opening: LastOpening = {
    route: 'payroll',
    host: 'payroll.corp.example',
    method: 'GET',
    path: '/reports/1',
    address: '203.0.113.7',
    deviceId: 'laptop',
    methods: ['password', 'otp'],
    atMs: peopleNowMs - 3_600_000,
  };
  const id = { issuer: root.person.issuer, subject: root.person.subject, email: 'root-1@corp.example' };
  const opened = [{ person: id, openings: [opening] }];

  test.each([
    ['a posture that their device fails', '{ id: admins, groups: [admins], device: managed-laptop }'],
    ['a proof that they never made', '{ id: admins, groups: [admins], auth: { methods: [passkey] } }'],
    ['a place that they never came from', '{ id: admins, groups: [admins], networks: [away] }'],
    ['another path than theirs', '{ id: admins, groups: [admins], paths: [/] }'],
    ['another method than theirs', '{ id: admins, groups: [admins], methods: [DELETE] }'],
    ['a time that is over', '{ id: admins, groups: [admins], when: \'now < timestamp("2020-01-01T00:00:00Z")\' }'],
  ])('refuses what asks for %s', async (_what, grant) => {
    const away = peopleYaml(open(`    allow: [${grant}]`), list).replace(
      '{ office:',
      '{ away: [198.51.100.0/24], office:',
    );
    const verdict = await guardLockout(await compile(away), running, guardSources([root], opened, ['managed-laptop']));
    expect(verdict.lines[0]).toBe('root-1@corp.example would lose payroll (GET /reports/1)');
    expect(verdict.outcome).toBe('refused');
  });

  test('takes what they were seen to bring', async () => {
    const grant =
      '{ id: admins, groups: [admins], device: managed-laptop, auth: { methods: [otp] }, networks: [office] }';
    const next = await compile(peopleYaml(open(`    allow: [${grant}]`), list));
    expect((await guardLockout(next, running, guardSources([root], opened))).outcome).not.toBe('refused');
  });

  test('goes by what a device is now, and refuses no reload for a device that fails anyway', async () => {
    const strict = peopleYaml(open('    allow: [{ id: admins, groups: [admins], device: managed-laptop }]'), list);
    const [one, other] = [await compile(strict), await compile(`# the same\n${strict}`)];
    expect((await guardLockout(other, one, guardSources([root], opened, ['managed-laptop']))).outcome).toBe('ok');
  });

  test('guards somebody who was struck from the list by the reload before', async () => {
    const struck = await compile(peopleYaml(open(admins)));
    const closed = await compile(peopleYaml(open('    allow: [{ id: hr, groups: [hr] }]')));
    expect((await guardLockout(closed, struck, guardSources([root], opened))).outcome).toBe('refused');
    const longAgo = [{ person: id, openings: [{ ...opening, atMs: peopleNowMs - 25 * 3_600_000 }] }];
    expect((await guardLockout(closed, struck, guardSources([root], longAgo))).outcome).toBe('ok');
  });

  test('compares with when they could get in, also where the configuration before kept them out already', async () => {
    const closed = peopleYaml(open('    allow: [{ id: hr, groups: [hr] }]'), list);
    const [one, other] = [await compile(closed), await compile(`# next\n${closed}`)];
    // A minute after they signed in, and nothing was heard of who they are since.
    const since = [{ person: id, openings: [{ ...opening, atMs: peopleNowMs - 30_000 }] }];
    expect((await guardLockout(other, one, guardSources([root], since))).lines[0]).toContain('which they could open');
  });

  test('asks nobody else when all are known by what they opened', async () => {
    const sources = guardSources([root], opened);
    const people = {
      ...sources.people,
      pages: () => {
        throw new Error('Everybody was walked.');
      },
    };
    expect((await guardLockout(running, running, { ...sources, people })).outcome).toBe('ok');
  });

  test('counts on no device once its authority is not believed any more', async () => {
    const strict = peopleYaml(open('    allow: [{ id: admins, groups: [admins], device: managed-laptop }]'), list);
    const [one, other] = [await compile(strict), await compileText(strict)];
    expect((await guardLockout(other, one, guardSources([root], opened))).outcome).toBe('refused');
  });
});
