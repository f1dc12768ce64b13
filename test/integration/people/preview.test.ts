import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../../support/world.ts';
import { runBeside } from '../../support/world-commands.ts';

let world: World;
let running = '';
beforeAll(async () => {
  world = await startWorld({ extra: 'break_glass: [ada@corp.example]' });
  running = join(world.folder, 'postern.yaml');
  const ada = world.browser();
  await world.signIn(ada, world.url('payroll'), 'ada');
  await ada.open(world.url('wiki'));
  const lin = world.browser();
  await world.signIn(lin, world.url('dashboard'), 'lin');
  await lin.open(world.url('payroll'));
  await lin.open(world.url('wiki'));
});
afterAll(() => world.close());

const postern = (...args: readonly string[]) => runBeside(world, args);

/** Where the running server is; the port of the admin listener is not in the file. */
const server = (): readonly string[] => ['-c', running, '--admin', world.adminUrl('')];

function edited(edit: (text: string) => string): string {
  const file = join(world.folder, 'new.yaml');
  writeFileSync(file, edit(readFileSync(running, 'utf8')));
  return file;
}

describe('what people can open, asked of a running server', () => {
  test('who-can lists who signed in, by what rule, and what is still needed', async () => {
    const { code, stdout } = await postern('who-can', 'payroll', ...server());
    expect(code).toBe(0);
    expect(stdout).toMatch(/^PERSON +ACCESS +VIA +LAST USED +GROUPS AS OF\n/);
    expect(stdout).toMatch(
      /ada@corp\.example +now +finance \S+postern\.yaml:\d+ +today +corp sign-in, \d\d:\d\d UTC\n/,
    );
    expect(stdout).toContain('1 person. 1 more without access (--all lists them).');
    expect(stdout).toContain('No directory sync: people who never signed in are not listed.');
    expect((await postern('who-can', 'payroll', '--all', ...server())).stdout).toMatch(
      /lin@corp\.example +no +finance /,
    );
    const console = await postern('who-can', 'console', ...server());
    expect(console.stdout).toMatch(/ada@corp\.example +conditional +operations .*never/);
    expect(console.stdout).toContain('conditional = needs: device check.');
  });

  test('access lists the apps of a person', async () => {
    const { code, stdout } = await postern('access', 'Lin@corp.example', '--all', ...server());
    expect(code).toBe(0);
    expect(stdout).toMatch(/^lin@corp\.example {3}groups as of corp sign-in, /);
    expect(stdout).toMatch(/dashboard +now +engineering .*today\n/);
    expect(stdout).toMatch(/payroll +no +finance .*never +not_in_required_group\n/);
    expect(stdout).toMatch(/public +now +public/);
  });

  test('says in a sentence that nobody, no app or no server is there', async () => {
    expect(await postern('who-can', 'nowhere', ...server())).toMatchObject({ code: 3, stdout: '' });
    const nobody = await postern('access', 'kim@vendor.example', ...server());
    expect(nobody).toMatchObject({ code: 3, stdout: '' });
    expect(nobody.stderr).toContain('Nobody who has signed in');
    const other = await postern('who-can', 'payroll', '-c', running, '--admin', 'http://127.0.0.1:1');
    expect(other).toMatchObject({ code: 3 });
  });

  test('JSON has what the admin API says', async () => {
    const { stdout } = await postern('who-can', 'payroll', '--format', 'json', ...server());
    expect(JSON.parse(stdout)).toMatchObject({
      route: 'payroll',
      people: [
        { person: 'ada@corp.example', access: 'now', via: { rule: 'finance' } },
        { person: 'lin@corp.example', access: 'no', reason: 'not_in_required_group' },
      ],
    });
  });
});

describe('what another file would change', () => {
  test('diff --people names who gains and who loses', async () => {
    const next = edited((text) =>
      text.replace('groups: [finance]', 'groups: [engineering]').replace('groups: [operations]', 'groups: [nobody]'),
    );
    const { code, stdout } = await postern('diff', '--people', '--admin', world.adminUrl(''), running, next);
    expect(code).toBe(1);
    expect(stdout).toBe(
      [
        '~ payroll/finance  groups [finance] -> [engineering]',
        '~ console/operations  groups [operations] -> [nobody]',
        '! payroll  GET payroll.localhost/ and 3 more like it: denied -> opens, for somebody in engineering',
        '! payroll  GET payroll.localhost/ and 3 more like it: opens -> denied, for somebody in finance',
        '! console  GET console.localhost/ and 3 more like it: denied -> opens, for somebody in nobody',
        '! console  GET console.localhost/ and 3 more like it: opens -> denied, for somebody in operations',
        '  payroll  gains access: lin@corp.example',
        '  console  loses access: ada@corp.example',
        '',
      ].join('\n'),
    );
  });

  test('simulate replays what these people did, from the real trail', async () => {
    const folder = join(world.folder, 'audit');
    const same = await postern('simulate', '--since', '1h', '--running', running, '--config', running);
    expect(same).toMatchObject({ code: 0 });
    expect(same.stdout).toMatch(/^Replayed \d+ decisions \(1h\)/);
    const recorded = await postern('simulate', '--since', '1h', '--running', running);
    expect(recorded).toMatchObject({ code: 0 });
    expect(recorded.stdout).toContain('Nobody in break_glass is affected.');
    const next = edited((text) => text.replace('domains: [corp.example]', 'emails: [lin@corp.example]'));
    const closed = await postern(
      'simulate',
      '--since',
      '1h',
      '--config',
      next,
      '--running',
      running,
      '--audit',
      folder,
    );
    expect(closed.code).toBe(1);
    expect(closed.stdout).toMatch(/newly denied +1 +1 person +wiki\/everyone: .* ada@corp\.example\n/);
    expect(closed.stdout).toContain('In break_glass and affected: ada@corp.example');
  });
});

describe('the directory behind it', () => {
  test('outlives a restart, and forgets whom it is told to forget', async () => {
    await world.restart();
    const listed = JSON.parse((await world.admin('/api/v1/people')).body);
    expect(listed.total).toBe(2);
    expect(listed.people.map((one: { person: string }) => one.person).sort()).toEqual([
      'ada@corp.example',
      'lin@corp.example',
    ]);
    expect((await postern('access', 'lin', ...server())).stdout).toMatch(/wiki +now .*today/);
    expect((await world.admin('/api/v1/people/lin%40corp.example', { method: 'DELETE' })).status).toBe(200);
    expect((await world.admin('/api/v1/people/lin%40corp.example', { method: 'DELETE' })).status).toBe(404);
    expect((await postern('access', 'lin', ...server())).code).toBe(3);
  });
});
