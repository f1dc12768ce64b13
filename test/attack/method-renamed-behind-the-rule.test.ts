import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../support/world.ts';

describe('a header that asks the app for another method than the one that was judged', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      routes: `  - name: reading
    from: https://other.localhost:PORT
    to: ["APP"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow: [{ id: everyone, domains: [corp.example] }]
    deny: [{ id: no-removal, methods: [DELETE, PUT] }]
`,
    });
  });
  afterAll(() => world?.close());

  const names = ['X-HTTP-Method-Override', 'x-http-method', 'X-Method-Override', 'X_HTTP_Method_Override'];

  test('does not pass where a rule asks for the method', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('other'), 'ada');
    expect((await browser.send(world.url('other'), { method: 'DELETE' })).status).toBe(403);
    for (const name of names) {
      for (const method of ['GET', 'POST']) {
        const answer = await browser.send(world.url('other'), { method, headers: { [name]: 'DELETE' } });
        expect(answer.status).toBe(200);
        expect(JSON.stringify(world.app.seen.at(-1)?.rawHeaders)).not.toContain('DELETE');
      }
    }
  });

  test('is the app’s own affair where no rule does', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    await browser.send(world.url('wiki'), { method: 'POST', headers: { 'x-http-method-override': 'PATCH' } });
    expect(world.app.seen.at(-1)?.headers['x-http-method-override']).toBe('PATCH');
  });
});
