import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type SignInHost, startSignInHost } from '../support/state-sign-in-host.ts';

let host: SignInHost;

beforeEach(async () => {
  host = await startSignInHost();
});
afterEach(() => host.close());

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
  expect(await host.store.list('single_sign_on')).toEqual([]);
});

test('a slow request does not bring back a session that an administrator ended', async () => {
  const { cookie } = await host.get('/sign-in?session=ses_1');
  const slow = host.get('/slow?text=late', cookie);
  await host.slowArrived;
  await host.store.bury('session', 'ses_1', 'admin', Date.now() + 60_000);
  host.release();
  await slow;
  expect((await host.get('/whoami', cookie)).body).not.toContain('ses_1');
  expect(await host.store.list('single_sign_on')).toEqual([]);
});
