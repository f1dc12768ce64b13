import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../support/world.ts';

const token = `pst_${'exporter-token-'.repeat(3)}`;

describe('a service token in a place or a form of its own', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      hosts: ['reports', 'open'],
      routes: `
  - name: reports
    title: Reports
    from: https://reports.localhost:TLS_PORT
    to: APP
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow:
      - { id: nightly-export, services: [exporter] }
      - { id: staff, groups: [finance] }
  - name: open
    title: Open
    from: https://open.localhost:TLS_PORT
    to: APP
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    public: true
`,
      extra: `services: [{ id: exporter, token_hash: "sha256:${createHash('sha256').update(token).digest('hex')}" }]`,
    });
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  const statusOf = async (headers: Readonly<Record<string, string | string[]>>, path = '/') =>
    (await world.browser().send(world.url('reports', path), { headers })).status;

  test('is the key to the route where it belongs', async () => {
    expect(await statusOf({ authorization: `Bearer ${token}` })).toBe(200);
    expect(await statusOf({ authorization: `bearer ${token}` })).toBe(200);
  });

  test.each([
    ['in a query', {}, `/?access_token=${token}`],
    ['in a cookie', { cookie: `__Host-postern=${token}` }, '/'],
    ['in a header of another name', { 'x-api-key': token, 'proxy-authorization': `Bearer ${token}` }, '/'],
    ['as a user of Basic', { authorization: `Basic ${Buffer.from(`${token}:`).toString('base64')}` }, '/'],
  ])('opens nothing %s', async (_, headers, path) => {
    expect(await statusOf(headers, path)).toBe(302);
    expect(world.app.seen).toEqual([]);
  });

  test.each([
    `Bearer  ${token} x`,
    `Bearer ${token}, Bearer ${token}`,
    `Bearer "${token}"`,
    `Bearer=${token}`,
    `Bearer\t${token}`,
    `Bearer ${token.toUpperCase().replace('PST_', 'pst_')}`,
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token}%00`,
    'Bearer pst_',
  ])('is unknown in the form %j', async (authorization) => {
    expect([400, 401]).toContain(await statusOf({ authorization }));
    expect(world.app.seen).toEqual([]);
  });

  test('is unknown in the second of two headers, and in the first', async () => {
    const own = `Bearer ${token}`;
    expect(await statusOf({ Authorization: ['Basic eDp5', own] })).toBeGreaterThanOrEqual(400);
    expect(await statusOf({ Authorization: [own, 'Basic eDp5'] })).toBeGreaterThanOrEqual(400);
    expect(world.app.seen).toEqual([]);
  });

  test('is refused beside a session: a page of another site cannot lend a person’s rights to it', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('reports'), 'ada');
    world.app.seen.length = 0;
    const answer = await browser.send(world.url('reports'), { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toContain(token);
    expect(world.app.seen).toEqual([]);
  });

  test('stays with us on a public route, too', async () => {
    const answer = await world
      .browser()
      .send(world.url('open'), { headers: { authorization: `Bearer ${token}`, 'x-other': 'kept' } });
    expect(answer.status).toBe(200);
    expect(world.app.seen[0]?.headers).toMatchObject({ 'x-other': 'kept' });
    expect(JSON.stringify(world.app.seen)).not.toContain(token);
  });

  test('of a device: its certificate is a fact about the connection, and no credential', async () => {
    const answer = await world.browser('ada-laptop').send(world.url('reports'));
    expect(answer.status).toBe(302);
    expect(world.app.seen).toEqual([]);
  });
});
