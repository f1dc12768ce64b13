import { beforeAll, describe, expect, test } from '@jest/globals';
import { guardLockout } from '../../../src/access/guard-lockout.ts';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import {
  compileText,
  knownPerson,
  pagesOf,
  peopleNowMs,
  peopleYaml,
  routeYaml,
} from '../../support/people-snapshots.ts';

const now = () => peopleNowMs;
const root = knownPerson('root-1', ['admins', 'finance']);
const list = 'break_glass: [Root-1@corp.example]';
const open = (rules: string) => routeYaml('payroll', rules);
const admins = '    allow: [{ id: admins, groups: [admins] }]';
let running: Snapshot;
beforeAll(async () => {
  running = await compileText(peopleYaml(open(admins), list));
});

async function guard(text: string, people = [root], caller?: string) {
  return guardLockout(await compileText(text), running, { people: pagesOf(...people), now, caller });
}

describe('the lockout guard', () => {
  test('lets a change pass that takes nothing from the people of break_glass', async () => {
    const verdict = await guard(peopleYaml(open('    allow: [{ id: finance, groups: [finance] }]'), list));
    expect(verdict).toEqual({ name: 'lockout', outcome: 'ok', lines: ['the one guarded person keeps access'] });
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
});
