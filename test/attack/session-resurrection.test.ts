import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSingleSignOnStore } from '../../src/sessions/single-sign-on-store.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { createStateFolder, type StateFolder } from '../support/state-folder.ts';
import { type SignInHost, startSignInHost } from '../support/state-sign-in-host.ts';

let folder: StateFolder;
let store: StateStore;
let host: SignInHost;

beforeEach(async () => {
  folder = createStateFolder();
  store = await folder.open();
  host = await startSignInHost(createSingleSignOnStore({ store, now: Date.now, maxAgeMs: () => 60_000, randomBytes }));
});
afterEach(async () => {
  await host.close();
  await folder.dispose();
});

test.each([
  ['that writes', '/slow?text=late'],
  ['that only reads, and touches', '/slow'],
])('a slow request %s does not bring a signed-out session back', async (_what, path) => {
  const { cookie } = await host.get('/sign-in?session=ses_1');
  const slow = host.get(path, cookie);
  await host.slowArrived;
  expect((await host.get('/sign-out', cookie)).body).toBe('out');
  host.release();
  expect((await slow).body).toBe('slow');
  expect((await host.get('/whoami', cookie)).body).not.toContain('ses_1');
  expect(await store.list('single_sign_on')).toEqual([]);
});

test('a slow request does not bring back a session that an administrator ended', async () => {
  const { cookie } = await host.get('/sign-in?session=ses_1');
  const slow = host.get('/slow?text=late', cookie);
  await host.slowArrived;
  await store.bury('session', 'ses_1', 'admin', Date.now() + 60_000);
  host.release();
  await slow;
  expect((await host.get('/whoami', cookie)).body).not.toContain('ses_1');
  expect(await store.list('single_sign_on')).toEqual([]);
});
