import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isAdminHost } from '../../src/admin/check-admin-host.ts';
import { createTokenCheck } from '../../src/admin/check-admin-token.ts';
import { adminToken, openAdmin, sessionId } from '../support/record-admin.ts';

describe('somebody without the admin token', () => {
  let admin: Awaited<ReturnType<typeof openAdmin>>;
  beforeEach(async () => {
    admin = await openAdmin();
  });
  afterEach(() => admin.close());
  const end = (headers: Record<string, string | undefined>) =>
    admin.call('DELETE', `/api/v1/sessions/${sessionId}`, { headers });

  test.each<[string, string | undefined]>([
    ['no token', undefined],
    ['an empty one', 'Bearer '],
    ['a wrong one', `Bearer ${'x'.repeat(40)}`],
    ['the beginning of it', `Bearer ${adminToken.slice(0, 10)}`],
    ['more than it', `Bearer ${adminToken}x`],
    ['it in another case', `Bearer ${adminToken.toUpperCase()}`],
    ['it by another scheme', `Basic ${adminToken}`],
    ['two of them', `Bearer ${adminToken}, Bearer ${adminToken}`],
    ['an assertion for apps', 'Bearer eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL3dpa2kifQ.'],
  ])('is refused with %s, and it is recorded', async (_name, authorization) => {
    const { status, headers, text } = await end({ authorization });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('Bearer');
    expect(text).not.toContain(adminToken);
    expect(admin.live.size).toBe(1);
    expect(admin.events).toMatchObject([{ type: 'admin_call', result: 'failure' }]);
    expect(JSON.stringify(admin.events)).not.toContain(authorization ?? adminToken);
  });

  test('does not get in by a cookie or a query string', async () => {
    expect(
      (await end({ authorization: undefined, cookie: `token=${adminToken}; authorization=Bearer ${adminToken}` }))
        .status,
    ).toBe(401);
    const headers = { authorization: undefined };
    expect((await admin.call('GET', `/api/v1/sessions?token=${adminToken}`, { headers })).status).toBe(401);
    expect((await admin.call('GET', `/api/v1/sessions?access_token=${adminToken}`, { headers })).status).toBe(401);
  });

  test('learns nothing about what is there: every path of the API asks for the token first', async () => {
    const headers = { authorization: undefined };
    const paths = ['sessions', 'sessions/x', 'decisions/x', 'audit/key', 'devices/x/facts', 'nothing', ''];
    for (const path of paths) expect((await admin.call('GET', `/api/v1/${path}`, { headers })).status).toBe(401);
    for (const path of [
      '/API/v1/sessions',
      '/api/v1/../v1/sessions',
      '//api/v1/sessions',
      '/api%2fv1/sessions',
      '/metrics/../api/v1/sessions',
    ]) {
      expect([401, 404]).toContain((await admin.call('GET', path, { headers })).status);
    }
  });

  test('cannot guess on and on, nor fill the disk by it; the right token still passes', async () => {
    for (let index = 0; index < 30; index += 1) await end({ authorization: `Bearer guess-${index}` });
    expect((await end({ authorization: 'Bearer guess' })).status).toBe(429);
    expect(admin.events.length).toBeLessThanOrEqual(20);
    expect((await end({})).status).toBe(200);
  });

  test('does not get in by a name that they made point here (DNS rebinding), not even to the metrics', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${admin.port}`,
      `127.0.0.1.evil.example:${admin.port}`,
      '127.0.0.1:1',
    ]) {
      const calls = ['/api/v1/sessions', '/metrics', '/livez'].map((path) =>
        admin.call('GET', path, { headers: { host } }),
      );
      for (const { status } of await Promise.all(calls)) expect([400, 421, 429]).toContain(status);
    }
    expect((await admin.call('GET', '/livez', { headers: { host: `localhost:${admin.port}` } })).status).toBe(200);
  });

  test('cannot make a page of another origin call it, even with the token', async () => {
    const path = `/api/v1/sessions/${sessionId}`;
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${admin.port}.evil.example`]) {
      expect((await admin.call('DELETE', path, { headers: { origin } })).status).toBe(403);
    }
    expect((await admin.call('POST', '/api/v1/sessions', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(
      403,
    );
    const preflight = await admin.call('OPTIONS', path, {
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'DELETE', authorization: undefined },
    });
    expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
    expect(admin.live.size).toBe(1);
  });
});

describe('the checks of the admin listener', () => {
  test('take no token but the one that was configured', () => {
    const check = createTokenCheck(adminToken);
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(text !== adminToken);
        expect(check(`Bearer ${text}`)).not.toBe('right');
      }),
    );
    expect(check(`Bearer ${adminToken}`)).toBe('right');
    expect(() => createTokenCheck('short')).toThrow(/32 bytes/);
  });

  test('take no Host but the listener itself', () => {
    const loopback = { host: '127.0.0.1', port: 9443 };
    for (const host of ['127.0.0.1:9443', 'localhost:9443', 'LOCALHOST:9443', '[::1]:9443']) {
      expect(isAdminHost(host, loopback)).toBe(true);
    }
    for (const host of [
      undefined,
      '',
      'localhost',
      'localhost:9444',
      'evil@127.0.0.1:9443',
      '127.0.0.1:9443.evil',
      '127.0.0.1:9443:9443',
      '10.0.0.1:9443',
      'localhost.evil:9443',
    ]) {
      expect(isAdminHost(host, loopback)).toBe(false);
    }
    const everywhere = { host: '0.0.0.0', port: 9443 };
    expect(isAdminHost('10.1.2.3:19443', everywhere)).toBe(true);
    expect(isAdminHost('postern.evil.example:9443', everywhere)).toBe(false);
    expect(isAdminHost('127.0.0.1:9443', { host: '10.1.2.3', port: 9443 })).toBe(false);
  });
});
