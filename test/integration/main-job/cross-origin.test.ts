import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import { startWorld, type World } from '../../support/world.ts';

const friend = 'https://friend.corp.example';

describe('scripts of other origins', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      routes: `  - name: api
    from: https://other.localhost:TLS_PORT
    to: [APP]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    cors: { origins: ["${friend}"] }
    allow: [{ id: engineering, groups: [engineering], methods: [GET, PUT] }]
  - { name: open, from: "https://open.localhost:TLS_PORT", to: [APP], tls_upstream_server_name: app.internal, tls_custom_ca_file: CA_FILE, cors: { origins: ["*"] }, public: true, deny: [{ id: not-here, paths: [/secret] }] }`,
      hosts: ['open'],
    });
  });
  afterAll(() => world?.close());

  const preflight = (host: string, origin: string) =>
    world.browser().send(world.url(host, '/things'), {
      method: 'OPTIONS',
      headers: {
        ...clientKinds.script,
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'x-thing',
      },
    });

  test('a preflight of a listed origin is answered without a sign-in and never reaches the app', async () => {
    const before = world.app.seen.length;
    const answer = await preflight('other', friend);
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': friend,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'x-thing',
    });
    expect(answer.headers.vary).toContain('Origin');
    expect(world.app.seen.length).toBe(before);
  });

  test.each(['public', 'open'])('a preflight of a public app is the app’s to answer: %s', async (host) => {
    const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'x-thing, x-more' };
    world.app.answer = (request, response) =>
      response.writeHead(request.method === 'OPTIONS' ? 200 : 500, headers).end();
    const answer = await preflight(host, 'https://anybody.example');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject(headers);
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    world.app.answer = undefined;
  });

  test('our no on a public app can be read by any origin that its route lets read, without credentials', async () => {
    const call = (host: string, path: string) =>
      world.browser().send(world.url(host, path), {
        headers: { ...clientKinds.script, origin: 'https://anybody.example' },
      });
    const answer = await call('open', '/secret');
    expect(answer.status).toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  test.each([
    ['an origin that is not listed', 'other', 'https://evil.example'],
    ['an app without cors', 'wiki', friend],
  ])('a preflight for %s is refused and grants nothing', async (_what, host, origin) => {
    const answer = await preflight(host, origin);
    expect(answer.status).toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('our no can be read by a listed origin, so that its script knows what to do', async () => {
    const call = (origin: string) =>
      world.browser().send(world.url('other'), { headers: { ...clientKinds.script, origin } });
    const answer = await call(friend);
    expect(answer.status).toBe(401);
    expect(answer.headers['access-control-allow-origin']).toBe(friend);
    expect(answer.headers['access-control-allow-credentials']).toBe('true');
    expect(answer.headers['access-control-expose-headers']).toContain('WWW-Authenticate');
    expect((await call('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
  });
});
