import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { openWebSocket } from '../../support/live-connections.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
let original: string;
beforeAll(async () => {
  world = await startWorld();
  original = world.text;
});
afterEach(async () => {
  writeFileSync(world.file, original);
  await world.program.reload({ trigger: 'signal' });
});
afterAll(() => world?.close());

const reload = (body: object = {}) => world.admin('/api/v1/reload', { method: 'POST', body });
const statusOf = async () => JSON.parse((await world.admin('/api/v1/status')).body);
const metric = async (name: string) =>
  (await world.admin('/metrics')).body
    .split('\n')
    .find((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

async function signedIn(person: string, host = 'dashboard'): Promise<HttpBrowser> {
  const browser = world.browser();
  await world.signIn(browser, world.url(host), person);
  return browser;
}

const withoutEngineers = () => original.replace('groups: [engineering]', 'groups: [nobody-is-in-this]');

describe('a reload', () => {
  test('changes what the next request is answered, also on a connection that is open', async () => {
    const browser = await signedIn('lin');
    expect((await browser.send(world.url('dashboard'))).status).toBe(200);
    const before = await statusOf();
    writeFileSync(world.file, withoutEngineers());
    const answer = await reload();
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ outcome: 'applied', was: before.hash });
    expect((await browser.send(world.url('dashboard'))).status).toBe(403);
    const after = await statusOf();
    expect(after).toMatchObject({
      hash: JSON.parse(answer.body).hash,
      origin: 'file',
      last_reload: { successful: true },
    });
    expect(await metric('postern_config_info')).toContain(after.config);
  });

  test('with errors keeps what runs, and shows it everywhere', async () => {
    const before = await statusOf();
    writeFileSync(world.file, original.replace('auth_host:', 'auth_hots:'));
    const answer = await reload();
    expect(answer.status).toBe(422);
    const said = JSON.parse(answer.body);
    expect(said).toMatchObject({ outcome: 'refused', because: 'problems' });
    expect(said.problems[0]).toMatchObject({ code: 'P001' });
    const after = await statusOf();
    expect(after).toMatchObject({ hash: before.hash, last_reload: { successful: false, because: 'problems' } });
    expect(await metric('postern_config_last_reload_successful')).toBe('postern_config_last_reload_successful 0');
    const statusz = JSON.parse((await world.admin('/statusz')).body);
    expect(statusz).toMatchObject({ config: before.config, last_reload: { successful: false, because: 'problems' } });
    expect(JSON.stringify(statusz)).not.toContain('auth_hots');
    const told = world.log.findLast((line) => line.includes('was not reloaded'));
    const [, id = ''] = /"decision_id":"([^"]*)"/.exec(told ?? '') ?? [];
    const found = JSON.parse((await world.admin(`/api/v1/decisions/${id}`)).body);
    expect(found.event).toMatchObject({ type: 'config_refused', decision_id: id });
  });

  test.each([
    [
      'server.listeners',
      (text: string) =>
        text.replace(/listeners: \[\{ address: "127.0.0.1:\d+"/, 'listeners: [{ address: "127.0.0.1:1"'),
    ],
    ['state.path', (text: string) => text.replace('path: state.db', 'path: other.db')],
    ['audit.path', (text: string) => text.replace('path: audit', 'path: other-audit')],
  ])('that changes %s is refused whole, and says that it needs a restart', async (key, edit) => {
    writeFileSync(world.file, edit(withoutEngineers()));
    const said = JSON.parse((await reload()).body);
    expect(said).toMatchObject({ outcome: 'refused', because: 'restart_needed' });
    expect(said.detail).toContain(key);
    expect((await (await signedIn('lin')).send(world.url('dashboard'))).status).toBe(200);
  });

  test('that only checks changes nothing, and what was shown is what is applied', async () => {
    const before = await statusOf();
    writeFileSync(world.file, withoutEngineers());
    const plan = JSON.parse((await reload({ check_only: true })).body);
    expect(plan).toMatchObject({ outcome: 'checked_only', was: before.hash });
    expect((await statusOf()).hash).toBe(before.hash);
    writeFileSync(world.file, original.replace('title: Wiki', 'title: Our wiki'));
    expect(JSON.parse((await reload({ expect: plan.hash })).body)).toMatchObject({ because: 'not_expected' });
    writeFileSync(world.file, withoutEngineers());
    expect(JSON.parse((await reload({ expect: plan.hash })).body)).toMatchObject({
      outcome: 'applied',
      hash: plan.hash,
    });
  });

  test('goes back to a configuration of the history, also by its first digits', async () => {
    const before = await statusOf();
    const browser = await signedIn('lin');
    writeFileSync(world.file, withoutEngineers());
    await reload();
    expect((await browser.send(world.url('dashboard'))).status).toBe(403);
    const back = JSON.parse((await reload({ to: before.hash.slice(0, 8) })).body);
    expect(back).toMatchObject({ outcome: 'applied', hash: before.hash });
    expect((await browser.send(world.url('dashboard'))).status).toBe(200);
    const status = await statusOf();
    expect(status).toMatchObject({ hash: before.hash, origin: 'history' });
    expect(status.file_hash).not.toBe(before.hash);
    const { configurations } = JSON.parse((await world.admin('/api/v1/configurations')).body);
    expect(configurations[0]).toMatchObject({ hash: before.hash, running: true, author: 'admin' });
    expect(JSON.parse((await reload({ to: 'ffffff' })).body)).toMatchObject({ because: 'not_in_history' });
  });

  test('is refused when a test of the file fails, and says which', async () => {
    const failing = `${original}
tests:
  - name: engineers read the dashboard
    given: { groups: [operations] }
    accept: [dashboard]
`;
    writeFileSync(world.file, failing);
    const said = JSON.parse((await reload()).body);
    expect(said).toMatchObject({ outcome: 'refused', because: 'check' });
    expect(said.stages.at(-1)).toMatchObject({ name: 'tests', outcome: 'blocked' });
    expect(said.stages.at(-1).lines.join()).toContain('engineers read the dashboard');
  });

  test('that would lock out somebody of break_glass is refused, unless it is forced', async () => {
    await signedIn('lin');
    const guarded = (text: string) => text.replace(/^break_glass: .*$/m, 'break_glass: [lin@corp.example]');
    writeFileSync(world.file, guarded(original));
    expect(JSON.parse((await reload()).body)).toMatchObject({ outcome: 'applied' });
    writeFileSync(world.file, guarded(withoutEngineers()));
    const said = JSON.parse((await reload()).body);
    expect(said.stages.at(-1)).toMatchObject({ name: 'lockout', outcome: 'blocked' });
    expect(said.stages.at(-1).lines.join()).toContain('lin@corp.example');
    expect(JSON.parse((await reload({ allow_lockout: true })).body)).toMatchObject({ outcome: 'applied' });
  });

  test('closes the streams that it no longer allows, and leaves the others open', async () => {
    const [lin, ada] = [await signedIn('lin'), await signedIn('ada')];
    const [closing, staying] = [
      await openWebSocket(world, lin, world.url('dashboard')),
      await openWebSocket(world, ada, world.url('dashboard')),
    ];
    await closing.next();
    await staying.next();
    writeFileSync(world.file, original.replace('groups: [engineering]', 'groups: [operations]'));
    expect((await reload()).status).toBe(200);
    await closing.closed;
    staying.socket.send('still here');
    expect(await staying.next()).toBe('echo still here');
    staying.socket.close();
    await staying.closed;
  });

  test('fails no request of a running load, and each is decided by one configuration', async () => {
    const browser = await signedIn('ada', 'wiki');
    const other = original.replace('title: Wiki', 'title: Our wiki');
    let isOver = false;
    const answers: number[] = [];
    const load = Array.from({ length: 8 }, async () => {
      while (!isOver) answers.push((await browser.send(world.url('wiki', '/page'))).status);
    });
    for (let count = 0; count < 20; count += 1) {
      writeFileSync(world.file, count % 2 === 0 ? other : original);
      expect(JSON.parse((await reload()).body).outcome).toBe('applied');
    }
    isOver = true;
    await Promise.all(load);
    expect(answers.length).toBeGreaterThan(20);
    expect(new Set(answers)).toEqual(new Set([200]));
  });

  test('takes up a new admin token from its file', async () => {
    const token = 'another-admin-token-of-more-than-32-bytes';
    const tokenFile = join(world.folder, 'token');
    const byFile = original.replace(/token: "[^"]*"/, `token: "\${file:${tokenFile}}"`);
    writeFileSync(tokenFile, world.adminToken);
    writeFileSync(world.file, byFile);
    expect((await reload()).status).toBe(200);
    writeFileSync(tokenFile, token);
    // The text is the same; what it refers to is not.
    expect(JSON.parse((await reload()).body).outcome).toBe('applied');
    expect((await world.admin('/api/v1/status')).status).toBe(401);
    expect((await world.admin('/api/v1/status', { token })).status).toBe(200);
  });
});

describe('a shadow', () => {
  afterEach(() => reload({ shadow: 'off' }));

  test('is counted and has no effect', async () => {
    const browser = await signedIn('lin');
    writeFileSync(join(world.folder, 'shadow.yaml'), withoutEngineers());
    const begun = await reload({ shadow: 'shadow.yaml' });
    expect(JSON.parse(begun.body)).toMatchObject({ outcome: 'shadow_on' });
    expect((await browser.send(world.url('dashboard'))).status).toBe(200);
    await wait(20);
    expect((await statusOf()).shadow).toMatchObject({ compared: 1, newly_denied: 1, newly_allowed: 0 });
    expect(await metric('postern_authz_shadow_changes_total')).toContain('change="newly_denied"} 1');
    expect(
      world.log.some((line) => line.includes('would have decided otherwise') && line.includes('newly_denied')),
    ).toBe(true);
    await reload({ shadow: 'off' });
    expect((await statusOf()).shadow).toBeNull();
  });

  test('of another folder is not read', async () => {
    const answer = await reload({ shadow: '/etc/hostname' });
    expect(answer.status).toBe(400);
  });
});

test('a file that is renamed into place, as editors do, is there for the next reload', async () => {
  const temporary = join(world.folder, 'postern.yaml.tmp');
  writeFileSync(temporary, withoutEngineers());
  renameSync(temporary, world.file);
  expect(JSON.parse((await reload()).body).outcome).toBe('applied');
});
