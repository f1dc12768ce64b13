import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../../support/world.ts';

describe('the gauge of requests in flight', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      hosts: ['shared'],
      routes: `  - name: shared
    from: https://shared.localhost:TLS_PORT
    to: [APP]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    cors: { origins: ["https://friend.example"] }
    allow: [{ id: engineering, groups: [engineering] }]`,
    });
  });
  afterAll(() => world?.close());

  async function inFlight(route: string): Promise<string | undefined> {
    const { body } = await world.admin('/metrics');
    return new RegExp(`postern_http_requests_in_flight\\{route="${route}"\\} (\\S+)`).exec(body)?.[1];
  }

  test.each([
    ['let pass', 'https://friend.example', 204],
    ['refused', 'https://evil.example', 403],
  ])('comes back to zero after a preflight that was %s', async (_what, origin, status) => {
    const headers = { origin, 'access-control-request-method': 'POST' };
    const answer = await world.browser().send(world.url('shared'), { method: 'OPTIONS', headers });
    expect(answer.status).toBe(status);
    expect(await inFlight('shared')).toBe('0');
  });
});
