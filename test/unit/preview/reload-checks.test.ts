import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import { previewChecks } from '../../../src/preview/reload-checks.ts';
import { compileText, guardSources, knownPerson, peopleYaml, routeYaml } from '../../support/people-snapshots.ts';

const sources = guardSources([knownPerson('root-1', ['admins'])]);
const list = 'break_glass: [root-1@corp.example]';
function checkOf(name: string) {
  const check = previewChecks(sources).find((one) => one.name === name);
  if (check === undefined) throw new Error(`There is no check ${name}.`);
  return check;
}
let running: Snapshot;
let closed: Snapshot;
beforeAll(async () => {
  running = await compileText(peopleYaml(routeYaml('payroll', '    allow: [{ id: a, groups: [admins] }]'), list));
  closed = await compileText(peopleYaml(routeYaml('payroll', '    allow: [{ id: a, groups: [hr] }]'), list));
});

describe('the checks of a reload', () => {
  test('block what locks a guarded person out, and let it pass when it is forced, saying so', async () => {
    const check = checkOf('lockout');
    expect(await check.run(closed, running, { trigger: 'file_change' })).toMatchObject({
      outcome: 'blocked',
      lines: ['root-1@corp.example would lose payroll', expect.stringContaining('--allow-lockout')],
    });
    expect(await check.run(closed, running, { trigger: 'admin', allowLockout: true })).toMatchObject({
      outcome: 'passed',
      lines: ['root-1@corp.example would lose payroll', 'forced by --allow-lockout'],
    });
    expect(await check.run(running, running, { trigger: 'signal' })).toMatchObject({ outcome: 'passed' });
  });

  test('say what differs and who gains and loses, and block nothing', async () => {
    expect(await checkOf('diff').run(closed, running, { trigger: 'admin' })).toMatchObject({
      outcome: 'passed',
      lines: [
        '~ payroll/a  groups [admins] -> [hr]',
        '! payroll  GET payroll.corp.example/ and 3 more like it: denied -> opens, for somebody in hr',
        '! payroll  GET payroll.corp.example/ and 3 more like it: opens -> denied, for somebody in admins',
        'payroll  loses access: root-1@corp.example',
      ],
      detail: { routes: [{ route: 'payroll', lost: ['root-1@corp.example'] }] },
    });
    expect(await checkOf('diff').run(running, running, { trigger: 'admin' })).toMatchObject({ lines: [] });
  });

  test('look at nobody where nobody waits for the answer', async () => {
    expect(await checkOf('diff').run(closed, running, { trigger: 'file_change' })).toMatchObject({
      lines: ['~ payroll/a  groups [admins] -> [hr]'],
      detail: { routes: [] },
    });
  });
});
