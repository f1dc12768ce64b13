import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import { askForBrowser, createKeyBrowser, type KeyBrowser, keyData } from '../../support/key-browser.ts';
import { openWebSocket } from '../../support/live-connections.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';
import { askServer } from '../../support/world-commands.ts';

describe('an app that opens in registered browsers', () => {
  let clock: ShiftedClock;
  let world: World;
  let own: KeyBrowser;
  beforeAll(async () => {
    clock = shiftClock();
    world = await startWorld({ clock, edit: (yaml) => askForBrowser(yaml) });
    own = await createKeyBrowser(world);
  });
  afterAll(() => world?.close());

  /** A command, as an administrator types it. */
  const postern = (...args: readonly string[]) => askServer(world, args);

  test('is closed where nothing was registered, and says where to register', async () => {
    const page = await world.signIn(own.browser, world.url('wiki'), 'ada', 'password');
    expect([page.status, page.headers['proxy-status']]).toEqual([403, expect.stringContaining('step_up_not_met')]);
    expect(page.body).toContain('This browser is not registered for your account');
    expect(keyData(page)).toBeUndefined();
  });

  test('a browser is registered only after a fresh second factor', async () => {
    const device = await own.browser.open(world.url('auth', '/.postern/device'));
    expect(device.body).toContain('To register this browser, confirm first that it’s you.');
    expect(keyData(device)).toBeUndefined();
    const registered = await own.register();
    expect([registered.status, JSON.parse(registered.body).next]).toEqual([200, world.url('auth', '/.postern/device')]);
    const after = await own.browser.open(world.url('auth', '/.postern/device'));
    expect(after.body).toContain('Remove, and sign it out');
  });

  test('opens with a proof, and asks for the next one once that has grown old', async () => {
    expect((await own.open(world.url('wiki'))).url).toBe(world.url('wiki'));
    expect((await own.browser.send(world.url('wiki'))).status).toBe(200);
    clock.advance(5 * 60_000 + 1_000);
    const late = await own.browser.send(world.url('wiki'), { headers: clientKinds.script });
    expect([late.status, JSON.parse(late.body).code]).toEqual([401, 'reauth_required']);
  });

  test('what is open is closed when the proof has grown old', async () => {
    await own.open(world.url('dashboard'));
    const live = await openWebSocket(world, own.browser, world.url('dashboard'));
    expect(await live.next()).toBe('hello');
    clock.advance(5 * 60_000 + 1_000);
    expect([await live.closed, (await live.reason).code]).toEqual([3000, 'reauth_required']);
  });

  test('what was proved for one app opens no other', async () => {
    await own.open(world.url('wiki'));
    const page = await own.browser.open(world.url('dashboard'));
    expect(keyData(page)).toMatchObject({ mode: 'prove' });
  });

  test('the same person in another browser is told to register it', async () => {
    const other = await createKeyBrowser(world);
    const page = await world.signIn(other.browser, world.url('wiki'), 'ada', 'password');
    const refused = await other.run(page);
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([403, 'step_up_not_met']);
  });

  test('removing it closes what it had opened at once, and it proves nothing any more', async () => {
    await own.open(world.url('dashboard'));
    expect((await own.browser.send(world.url('dashboard'))).status).toBe(200);
    const elsewhere = world.browser();
    await world.signIn(elsewhere, world.url('payroll'), 'ada');
    const device = await elsewhere.open(world.url('auth', '/.postern/device'));
    expect((await elsewhere.submit(device, {}, '/.postern/browser/remove')).body).toContain('not registered a browser');
    expect((await own.browser.send(world.url('dashboard'))).status).toBe(302);
    const page = await world.signIn(own.browser, world.url('dashboard'), 'ada', 'password');
    expect([page.status, keyData(page)]).toEqual([403, undefined]);
  });

  test('an administrator sees it and takes it away by command, at once', async () => {
    await world.signIn(own.browser, world.url('payroll'), 'ada');
    await own.register();
    await own.open(world.url('dashboard'));
    const live = await openWebSocket(world, own.browser, world.url('dashboard'));
    const listed = await postern('browsers', 'list', '--user', 'ada@corp.example');
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringContaining(own.kid)]);
    const remove = ['browsers', 'remove', own.kid, '--user', 'ada@corp.example', '--reason', 'INC-7'];
    const removed = await postern(...remove);
    expect(removed.stdout).toMatch(
      /^removed \S{43}\nended 1 session, closed 1 stream, confirmed by 1 worker in [\d.]+ ms\n$/,
    );
    expect((await live.reason).code).toBe('session_revoked');
    expect((await own.browser.send(world.url('dashboard'))).status).toBe(302);
    expect(await postern(...remove)).toMatchObject({ code: 3, stderr: expect.stringContaining('has registered no') });
    expect((await postern('browsers', 'list', '--user', 'nobody')).code).toBe(3);
    expect((await postern('browsers', 'list', '--user', 'ada')).stderr).toBe('0 browsers.\n');
  });

  test('registering, proving and removing are in the trail', async () => {
    const folder = `${world.folder}/audit`;
    const lines = readdirSync(folder).flatMap((name) =>
      readFileSync(`${folder}/${name}`, 'utf8').split('\n').slice(0, -1),
    );
    for (const type of ['browser_registered', 'browser_removed', 'step_up']) {
      expect(lines.some((line) => line.includes(`"${type}"`) && line.includes(own.kid))).toBe(true);
    }
  });
});
