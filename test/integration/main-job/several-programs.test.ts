import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { clientKinds } from '../../support/client-kinds.ts';
import { type SecondProgram, startWorld, type World } from '../../support/world.ts';

const device = 'ada-laptop';

describe('two programs on one state', () => {
  let world: World;
  let second: SecondProgram;
  beforeAll(async () => {
    world = await startWorld();
    second = await world.startSecond();
  });
  afterAll(() => world?.close());

  const setDisk = (isEncrypted: boolean) =>
    world.admin(`/api/v1/devices/${device}/facts`, { method: 'PUT', body: { disk_encrypted: isEncrypted } });

  test('a session of one is valid at the other, and a device fact set at one acts at the next request of the other', async () => {
    const browser = world.browser(device);
    await setDisk(true);
    await world.signIn(browser, world.url('console'), 'ada');
    const atSecond = () => browser.send(world.url('console'), { dialPort: second.tlsPort });
    expect((await atSecond()).status).toBe(200);
    await setDisk(false);
    expect((await atSecond()).status).toBe(403);
    await setDisk(true);
    expect((await atSecond()).status).toBe(200);
  });

  test('a session that one ends is refused by the next request to the other', async () => {
    for (let round = 0; round < 5; round += 1) {
      const browser = world.browser();
      await world.signIn(browser, world.url('wiki'), 'lin');
      const atSecond = () => browser.send(world.url('wiki'), { dialPort: second.tlsPort, headers: clientKinds.script });
      expect((await atSecond()).status).toBe(200);
      const { sessions } = JSON.parse((await world.admin('/api/v1/sessions?user=lin@corp.example')).body);
      await world.admin(`/api/v1/sessions/${sessions.at(-1).id}`, { method: 'DELETE' });
      const refused = await atSecond();
      expect([refused.status, JSON.parse(refused.body).code]).toEqual([401, 'session_revoked']);
    }
  });

  test('signing out at one closes the apps at the other', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('dashboard'), 'ada');
    expect((await browser.send(world.url('dashboard'), { dialPort: second.tlsPort })).status).toBe(200);
    const question = await browser.open(world.url('auth', '/.postern/sign-out'));
    await browser.submit(question, {});
    expect((await browser.send(world.url('dashboard'), { dialPort: second.tlsPort })).status).toBe(302);
  });

  test('both sign assertions with the same key', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    const kidAt = async (dialPort: number) => {
      const { headers } = JSON.parse((await browser.send(world.url('wiki'), { dialPort })).body);
      return decodeProtectedHeader(headers['x-postern-assertion']).kid;
    };
    expect(await kidAt(second.tlsPort)).toBe(await kidAt(Number(world.addresses.tlsPort)));
  });
});

describe('a restart', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test('keeps sessions, proofs, single sign-on, device facts, keys and decisions', async () => {
    const browser = world.browser(device);
    await world.admin(`/api/v1/devices/${device}/facts`, { method: 'PUT', body: { disk_encrypted: true } });
    const denied = await world.signIn(world.browser(), world.url('payroll'), 'lin');
    await world.signIn(browser, world.url('payroll'), 'ada');
    await browser.open(world.url('console'));
    const keys = (await browser.send(world.url('wiki', '/.postern/jwks.json'))).body;
    const asked = world.provider.requests.length;

    await world.restart();

    for (const host of ['payroll', 'console']) {
      expect([host, (await browser.send(world.url(host))).status]).toEqual([host, 200]);
    }
    expect((await browser.open(world.url('dashboard'))).status).toBe(200);
    expect(world.provider.requests.filter((path) => path.startsWith('/auth')).length).toBe(
      world.provider.requests.slice(0, asked).filter((path) => path.startsWith('/auth')).length,
    );
    expect((await browser.send(world.url('wiki', '/.postern/jwks.json'))).body).toBe(keys);
    const found = await world.admin(`/api/v1/decisions/${denied.headers['postern-decision-id']}`);
    expect(found.status).toBe(200);
  });

  test('a copy that SQLite makes while the program runs is a whole state', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    const [live, copy] = ['state.db', 'copy.db'].map((name) => join(world.folder, name));
    const database = new DatabaseSync(String(live));
    database.exec(`VACUUM INTO '${copy}'`);
    database.close();
    const second = await world.startSecond((text) => text.replace('path: state.db', 'path: copy.db'));
    expect((await browser.send(world.url('wiki'), { dialPort: second.tlsPort })).status).toBe(200);
  });
});
