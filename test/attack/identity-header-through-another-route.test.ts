import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getBytes, sendRaw, statusesOf } from '../support/attack-socket.ts';
import { startWorld, type World } from '../support/world.ts';

const app = 'to: [APP], tls_upstream_server_name: app.internal, tls_custom_ca_file: "CA_FILE"';
const routes = `  - { name: told, from: "https://told.localhost:TLS_PORT", ${app}, identity: { headers: { user: X-Remote-User } }, set_request_headers: { X-Mail: "\${user.email}" }, allow: [{ id: all, groups: [engineering] }] }
  - { name: hooks, from: "https://told.localhost:TLS_PORT", prefix: /hooks, ${app}, public: true }
  - { name: other, from: "https://other.localhost:TLS_PORT", ${app}, public: true }
`;

describe('a header that one route fills with identity', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ routes, hosts: ['told'] });
  });
  afterAll(() => world?.close());

  const spellings = ['X-Remote-User', 'x_remote_user', 'X.Remote.User', 'X-Mail', 'X_MAIL'];

  test.each([
    ['told', '/hooks/x'],
    ['other', '/x'],
    ['public', '/x'],
  ])('does not reach the app by a route that says nothing of it: %s%s', async (host, path) => {
    const before = world.app.seen.length;
    const lines = spellings.map((name) => `${name}: admin`);
    expect(statusesOf(await sendRaw(world, host, getBytes(world, host, path, lines)))).toEqual([200]);
    expect(world.app.seen.length).toBe(before + 1);
    expect(JSON.stringify(world.app.seen.at(-1)?.headers)).not.toContain('admin');
  });
});
