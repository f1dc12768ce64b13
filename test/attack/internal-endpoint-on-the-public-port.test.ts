import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const paths = [
  '/metrics',
  '/livez',
  '/readyz',
  '/healthz',
  '/debug',
  '/debug/pprof/',
  '/admin',
  '/api/v1',
  '/api/v1/sessions',
  '/api/v1/decisions/dec_01ARZ3NDEKTSV4RRFFQ69G5FAV',
  '/.postern/metrics',
  '/.postern/admin',
  '/.postern/debug',
  '/.postern/api/v1/sessions',
  '/.postern',
  '/.postern/',
];

describe('the admin listener’s paths', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test.each(paths)('%s is not on a public listener, also not with the admin token', async (path) => {
    const headers = { authorization: `Bearer ${world.adminToken}`, accept: 'application/json' };
    for (const url of [
      world.url('auth', path),
      world.url('wiki', path),
      world.plainUrl('auth', path),
      world.plainUrl('wiki', path),
    ]) {
      for (const method of ['GET', 'DELETE', 'PUT']) {
        const answer = await world.browser().send(url, { method, headers });
        expect(answer.status).toBeGreaterThanOrEqual(300);
        expect(answer.body).not.toMatch(/# (HELP|TYPE)|postern_|"sessions"|"status":"(alive|ready)"/);
      }
    }
  });

  test('are not reached by naming the admin listener’s host at a public port', async () => {
    for (const host of ['127.0.0.1', 'localhost', `127.0.0.1:${world.addresses.adminPort}`, '[::1]']) {
      const answer = await world.browser().send(world.plainUrl('auth', '/metrics'), { headers: { host } });
      expect(answer.status).toBe(404);
    }
  });

  test('serve no app and no sign-in host', async () => {
    for (const host of ['auth.localhost', 'wiki.localhost', 'public.localhost']) {
      const answer = await createHttpBrowser().send(world.adminUrl('/'), { headers: { host } });
      expect(answer.status).toBe(421);
    }
    for (const path of ['/', '/.postern/login', '/.postern/jwks.json', '/.postern/accept']) {
      expect((await createHttpBrowser().send(world.adminUrl(path))).status).toBe(404);
    }
  });

  test('are where they belong', async () => {
    expect((await createHttpBrowser().send(world.adminUrl('/metrics'))).body).toContain('# TYPE postern_');
  });
});
