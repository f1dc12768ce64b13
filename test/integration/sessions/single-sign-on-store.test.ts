import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type SignInHost, startSignInHost } from '../../support/state-sign-in-host.ts';

let host: SignInHost;
let nowMs = 1_750_000_000_000;

beforeEach(async () => {
  host = await startSignInHost(() => nowMs);
});
afterEach(() => host.close());

describe('the single sign-on store behind express-session', () => {
  test('keeps what was saved, under a hash, owned by the session', async () => {
    const { cookie } = await host.get('/sign-in?session=ses_1');
    expect((await host.get('/whoami', cookie)).body).toContain('"sessionId":"ses_1"');
    const [record] = await host.store.list('single_sign_on');
    expect(record).toMatchObject({ owner: 'ses_1', expiresAtMs: nowMs + 60_000 });
    const id =
      decodeURIComponent(cookie ?? '')
        .split('=s:')[1]
        ?.split('.')[0] ?? '';
    expect(id.length).toBeGreaterThan(20);
    expect(JSON.stringify(record)).not.toContain(id);
    nowMs += 60_000;
    expect((await host.get('/whoami', cookie)).body).toBe('{"hasSession":true}');
  });

  test('dies with its session', async () => {
    const { cookie } = await host.get('/sign-in?session=ses_1');
    await host.store.bury('session', 'ses_1', 'admin', nowMs + 1000);
    expect((await host.get('/whoami', cookie)).body).not.toContain('ses_1');
    expect((await host.get('/sign-in?session=ses_1')).status).toBe(503);
    expect(host.faults).toMatchObject([{ code: 'state_conflict' }]);
  });

  test('refuses the save that would undo another’s (lost update), and says so', async () => {
    const { cookie } = await host.get('/sign-in?session=ses_1');
    const slow = host.get('/slow?text=slow', cookie);
    await host.slowArrived;
    expect((await host.get('/note?text=fast', cookie)).status).toBe(200);
    host.release();
    expect((await slow).status).toBe(200);
    expect((await host.get('/whoami', cookie)).body).toContain('"note":"fast"');
    expect(host.faults).toMatchObject([{ code: 'state_conflict' }]);
  });

  test('saves twice in one request, as after regenerate', async () => {
    const { cookie } = await host.get('/sign-in?session=ses_1');
    expect((await host.get('/note?text=one', cookie)).status).toBe(200);
    expect((await host.get('/note?text=two', cookie)).status).toBe(200);
    expect(host.faults).toEqual([]);
  });

  test('writes nothing for a request that only reads', async () => {
    const { cookie } = await host.get('/sign-in?session=ses_1');
    const before = await host.store.list('single_sign_on');
    await host.get('/whoami', cookie);
    expect(await host.store.list('single_sign_on')).toEqual(before);
  });

  test('that is away is an error, never a request without a session or with an empty one', async () => {
    const { cookie } = await host.get('/sign-in?session=ses_1');
    await host.store.close();
    for (const path of ['/whoami', '/note?text=x', '/sign-out', '/sign-in?session=ses_2']) {
      expect(await host.get(path, cookie)).toMatchObject({ status: 503, body: 'away' });
    }
    expect(await host.get('/sign-in?session=ses_2')).toMatchObject({ status: 503 });
    expect(host.faults.length).toBe(5);
    for (const fault of host.faults) expect(fault).toMatchObject({ code: 'state_unavailable' });
  });
});
