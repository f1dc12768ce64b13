import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { startWorld, type World } from '../../support/world.ts';

describe('what an app learns of the person', () => {
  let world: World;
  let browser: HttpBrowser;
  beforeAll(async () => {
    world = await startWorld();
    browser = world.browser('ada-laptop');
    await world.signIn(browser, world.url('wiki'), 'ada');
  });
  afterAll(() => world?.close());

  const headersAt = async (host: string) => JSON.parse((await browser.open(world.url(host))).body).headers;

  test('an assertion that its own key set verifies: who, for whom, by whom, and for a minute at most', async () => {
    const { 'x-postern-assertion': token } = await headersAt('wiki');
    for (const host of ['wiki', 'auth']) {
      const answer = await world.browser().send(world.url(host, '/.postern/jwks.json'));
      expect(answer.headers['content-type']).toContain('application/jwk-set+json');
      const keys = createLocalJWKSet(JSON.parse(answer.body));
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        algorithms: ['ES256'],
        audience: world.url('wiki', ''),
        issuer: world.url('auth', ''),
        subject: 'ada',
      });
      expect(protectedHeader.alg).toBe('ES256');
      expect(Number(payload.exp) - Number(payload.iat)).toBeLessThanOrEqual(60);
      expect(payload).toMatchObject({
        email: 'ada@corp.example',
        groups: ['engineering', 'finance', 'operations'],
        idp: world.provider.issuer,
      });
    }
  });

  test('the same assertion while it is fresh, and another one for another app', async () => {
    const first = await headersAt('wiki');
    const second = await headersAt('wiki');
    const dashboard = await headersAt('dashboard');
    expect(second['x-postern-assertion']).toBe(first['x-postern-assertion']);
    expect(dashboard['x-postern-assertion']).not.toBe(first['x-postern-assertion']);
    expect(claimsOf(dashboard['x-postern-assertion']).aud).toBe(world.url('dashboard', ''));
  });

  test('the private part of a key is not in the set', async () => {
    const { keys } = JSON.parse((await browser.send(world.url('wiki', '/.postern/jwks.json'))).body);
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  test('what a client says of itself in our headers is replaced, and our cookies stay with us', async () => {
    const answer = await browser.send(world.url('wiki'), {
      headers: { 'X-Postern-User': 'root', 'x-postern-groups': 'admins', X_Postern_User: 'root' },
    });
    const { headers } = JSON.parse(answer.body);
    expect(headers['x-postern-user']).toBe('ada');
    expect(headers['x-postern-groups']).toBe('engineering,finance,operations');
    expect(headers['x_postern_user']).toBeUndefined();
    expect(headers.cookie).toBeUndefined();
  });

  test("`/.postern/session` tells an app's page who is signed in, and nobody else", async () => {
    const url = world.url('wiki', '/.postern/session');
    const answer = await browser.send(url, { headers: clientKinds.script });
    expect(answer.status).toBe(200);
    const session = JSON.parse(answer.body);
    expect(session).toMatchObject({
      user: { name: 'Ada Okafor', email: 'ada@corp.example' },
      device: 'ada-laptop',
      acr: 'mfa',
    });
    expect(Date.parse(session.idle_expires_at)).toBeLessThanOrEqual(Date.parse(session.expires_at));
    const stranger = await world.browser().send(url, { headers: clientKinds.script });
    expect([stranger.status, JSON.parse(stranger.body).code]).toEqual([401, 'login_required']);
  });
});

function claimsOf(token: string): { readonly aud?: unknown } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
