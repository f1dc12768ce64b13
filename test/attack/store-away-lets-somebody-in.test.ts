import { copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

describe('while the state store is away', () => {
  let world: World;
  let browser: HttpBrowser;
  beforeEach(async () => {
    world = await startWorld();
    browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    world.app.seen.length = 0;
  });
  afterEach(() => world?.close());

  const path = () => join(world.folder, 'state.db');
  const script = { headers: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'application/json' } };

  async function expectRefusals(): Promise<void> {
    const stranger = world.browser();
    stranger.setCookie('wiki.localhost', '__Host-postern', 'A'.repeat(43));
    for (const one of [browser, stranger]) {
      for (const options of [undefined, script]) {
        const answer = await one.send(world.url('wiki'), options);
        expect(answer.status).toBe(503);
        expect(answer.headers.location).toBeUndefined();
        expect(answer.headers['set-cookie']).toBeUndefined();
        expect(answer.body).toContain('state_unavailable');
        expect(answer.body).not.toMatch(/at .*\.ts:\d+|SQLITE|node:sqlite/);
      }
    }
    for (const url of [
      world.url('wiki', '/.postern/session'),
      world.url('auth'),
      world.url('auth', '/.postern/api/apps'),
    ]) {
      expect((await browser.send(url)).status).toBe(503);
    }
    expect(world.app.seen).toEqual([]);
  }

  test('because its file was replaced by another, nobody is let in and nobody is asked to sign in', async () => {
    const copy = join(world.folder, 'copy.db');
    copyFileSync(path(), copy);
    renameSync(path(), join(world.folder, 'moved.db'));
    copyFileSync(copy, path());
    await expectRefusals();
    const ready = await world.browser().send(world.adminUrl('/readyz'));
    expect(ready.status).toBe(503);
  });

  test('because its file was taken away, nobody is let in and nobody is asked to sign in', async () => {
    renameSync(path(), join(world.folder, 'moved.db'));
    await expectRefusals();
  });

  test('because another process holds its lock, no sign-in goes through half, and existing sessions go on', async () => {
    const other = new DatabaseSync(path());
    other.exec('BEGIN IMMEDIATE');
    try {
      expect((await browser.send(world.url('wiki'))).status).toBe(200);
      const stranger = await world.browser().send(world.url('wiki'));
      expect(stranger.status).toBe(503);
      expect(stranger.headers['set-cookie']).toBeUndefined();
      const revoked = await world.admin('/api/v1/sessions');
      const { sessions } = JSON.parse(revoked.body);
      // A revocation that cannot be written is not said to be done.
      expect((await world.admin(`/api/v1/sessions/${sessions[0].id}`, { method: 'DELETE' })).status).toBe(503);
    } finally {
      other.exec('ROLLBACK');
      other.close();
    }
    expect((await browser.send(world.url('wiki'))).status).toBe(200);
  });
});
