import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createRemoteJWKSet, customFetch, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { cookieLine, getBytes, sendRaw, statusesOf } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const serviceToken = `pst_${'a'.repeat(40)}`;

describe('a token that is meant for somebody else', () => {
  let world: World;
  let browser: HttpBrowser;
  let assertion: string;
  beforeAll(async () => {
    world = await startWorld();
    browser = world.browser();
    const page = await world.signIn(browser, world.url('wiki'), 'ada');
    assertion = JSON.parse(page.body).headers['x-postern-assertion'];
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  test('the assertion for an app opens no app, neither as a bearer token nor as a header or a cookie', async () => {
    const lines = [
      `Authorization: Bearer ${assertion}`,
      `X-Postern-Assertion: ${assertion}`,
      `Cookie: __Host-postern=${assertion}; __Host-postern-sso=${assertion}`,
    ];
    for (const host of ['wiki', 'dashboard', 'auth']) {
      for (const line of lines) {
        const text = await sendRaw(world, host, getBytes(world, host, '/', [line]));
        if (host === 'auth') expect(text).toMatch(/^HTTP\/1.1 (401|303[\s\S]*location: [^\r]*\/.postern\/login)/i);
        else expect(statusesOf(text)).toEqual([401]);
      }
    }
    expect(world.app.seen).toEqual([]);
  });

  test('the assertion opens no admin API', async () => {
    for (const token of [assertion, serviceToken, `${assertion}.`, 'null', '']) {
      expect((await world.admin('/api/v1/sessions', { token })).status).toBe(401);
    }
    expect((await world.admin('/api/v1/sessions')).status).toBe(200);
  });

  test('the admin token opens no app', async () => {
    const line = `Authorization: Bearer ${world.adminToken}`;
    for (const host of ['wiki', 'payroll']) {
      expect(statusesOf(await sendRaw(world, host, getBytes(world, host, '/', [line])))).toEqual([401]);
    }
  });

  test('the assertion of one app names no other app, and is no ID token, logout token or JWT without an end', async () => {
    const other = JSON.parse((await browser.open(world.url('dashboard'))).body).headers['x-postern-assertion'];
    const claims = decodeJwt(assertion);
    expect(claims.aud).toBe(new URL(world.url('wiki')).origin);
    expect(decodeJwt(other).aud).toBe(new URL(world.url('dashboard')).origin);
    expect(claims.iss).toBe(new URL(world.url('auth')).origin);
    expect((claims.exp ?? Number.POSITIVE_INFINITY) - (claims.iat ?? 0)).toBeLessThanOrEqual(60);
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'ES256' });
    const keys = createRemoteJWKSet(new URL('https://auth.invalid/'), {
      [customFetch]: async () =>
        new Response((await world.browser().send(world.url('auth', '/.postern/jwks.json'))).body),
    });
    const checks = { issuer: new URL(world.url('auth')).origin, algorithms: ['ES256'] };
    await jwtVerify(assertion, keys, { ...checks, audience: new URL(world.url('wiki')).origin });
    await expect(jwtVerify(assertion, keys, { ...checks, audience: String(decodeJwt(other).aud) })).rejects.toThrow();
    await expect(jwtVerify(assertion, keys, { ...checks, typ: 'logout+jwt' })).rejects.toThrow();
  });

  test('the published keys hold no private part', async () => {
    for (const host of ['auth', 'wiki']) {
      const { keys } = JSON.parse((await world.browser().send(world.url(host, '/.postern/jwks.json'))).body);
      expect(keys.length).toBeGreaterThan(0);
      for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
  });

  test.each([
    [`Bearer ${serviceToken}`],
    [`bearer   ${serviceToken}`],
    [`BEARER ${serviceToken}`],
    [`Bearer\t${serviceToken}`],
    [`Bearer \t ${serviceToken}`],
  ])('a service token of ours opens nothing yet, and never reaches an app: %j', async (value) => {
    const alone = getBytes(world, 'wiki', '/', [`Authorization: ${value}`]);
    expect(statusesOf(await sendRaw(world, 'wiki', alone))).toEqual([401]);
    const both = getBytes(world, 'wiki', '/', [`Authorization: ${value}`, cookieLine(browser, 'wiki')]);
    expect([400, 401]).toContain(statusesOf(await sendRaw(world, 'wiki', both))[0]);
    expect(world.app.seen).toEqual([]);
    const open = getBytes(world, 'public', '/', [`Authorization: ${value}`, 'Authorization: Basic eDp5']);
    expect(statusesOf(await sendRaw(world, 'public', open))).toEqual([200]);
    expect(JSON.stringify(world.app.seen)).not.toContain('pst_');
  });

  test('a service token behind another Authorization header is found, and goes nowhere', async () => {
    const lines = ['Authorization: Basic eDp5', `Authorization: Bearer ${serviceToken}`, cookieLine(browser, 'wiki')];
    const [status] = statusesOf(await sendRaw(world, 'wiki', getBytes(world, 'wiki', '/', lines)));
    expect(status).toBe(400);
    expect(JSON.stringify(world.app.seen)).not.toContain('pst_');
  });

  test("an app's own Authorization passes, and signs nobody in", async () => {
    const line = 'Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.';
    expect(statusesOf(await sendRaw(world, 'wiki', getBytes(world, 'wiki', '/', [line])))).toEqual([401]);
    await sendRaw(world, 'wiki', getBytes(world, 'wiki', '/', [line, cookieLine(browser, 'wiki')]));
    expect(world.app.seen[0]?.headers.authorization).toBe(line.slice('Authorization: '.length));
  });
});
