import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type SignInHost, startSignInHost } from '../support/state-sign-in-host.ts';

let host: SignInHost;

beforeEach(async () => {
  host = await startSignInHost();
});
afterEach(() => host.close());

test('a single sign-on session planted before sign-in is dead after it, and has nothing of the person', async () => {
  const planted = (await host.get('/note?text=planted')).cookie;
  const own = (await host.get('/sign-in?session=ses_victim', planted)).cookie;
  expect(own).toBeDefined();
  expect(own).not.toBe(planted);
  expect((await host.get('/whoami', planted)).body).toBe('{"hasSession":true}');
  expect((await host.get('/whoami', own)).body).toBe('{"hasSession":true,"sessionId":"ses_victim"}');
});

test('signing in as one person over another leaves the old id dead and nothing of the first', async () => {
  const first = (await host.get('/sign-in?session=ses_a')).cookie;
  await host.get('/note?text=of-a', first);
  const second = (await host.get('/sign-in?session=ses_b', first)).cookie;
  expect((await host.get('/whoami', first)).body).toBe('{"hasSession":true}');
  expect((await host.get('/whoami', second)).body).toBe('{"hasSession":true,"sessionId":"ses_b"}');
});

test('a sign-in that forgot to renew the id is refused by the store', async () => {
  const planted = (await host.get('/note?text=planted')).cookie;
  expect((await host.get('/sign-in-in-place?session=ses_victim', planted)).status).toBe(503);
  expect(host.faults).toMatchObject([{ code: 'state_conflict' }]);
  expect((await host.get('/whoami', planted)).body).not.toContain('ses_victim');
});

test('an id that the server did not make is not taken over', async () => {
  const forged = '__Host-postern-sso=s%3Achosen-by-the-attacker.c2lnbmF0dXJl';
  const { cookie } = await host.get('/sign-in?session=ses_victim', forged);
  expect(cookie).not.toContain('chosen');
  expect((await host.get('/whoami', forged)).body).toBe('{"hasSession":true}');
});
