import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../../support/world.ts';

const token = `pst_${'exporter-token-'.repeat(3)}`;
const stranger = `pst_${'some-other-one-'.repeat(3)}`;
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

const routes = `
  - name: reports
    title: Reports
    from: https://reports.localhost:TLS_PORT
    to: APP
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    pass_identity_headers: true
    allow:
      - { id: nightly-export, services: [exporter, laptop], methods: [GET] }
      - { id: staff, groups: [finance] }
    deny:
      - { id: not-there, services: [exporter], paths: [/secret/**] }
  - name: people
    title: People
    from: https://people.localhost:TLS_PORT
    to: APP
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow:
      - { id: everyone }
`;

describe('a service at an app', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      routes,
      hosts: ['reports', 'people'],
      edit: (yaml, files) => {
        const laptop = readFileSync(files.devices['lin-laptop']?.certificate ?? '');
        const key = new X509Certificate(laptop).publicKey.export({ type: 'spki', format: 'der' });
        return `${yaml}
services:
  - { id: exporter, token_hash: "sha256:${sha256(token)}" }
  - { id: laptop, certificate_spki: "sha256:${sha256(key)}" }
`;
      },
    });
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  const ask = (host: string, path = '/', headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
    world.browser().send(world.url(host, path), { method, headers });
  const bearer = { authorization: `Bearer ${token}` };

  test('is let in by its token, which goes no further; the app learns which service it is', async () => {
    const answer = await ask('reports', '/', bearer);
    expect(answer.status).toBe(200);
    const [seen] = world.app.seen;
    expect(seen?.headers.authorization).toBeUndefined();
    expect(seen?.headers['x-postern-user']).toBe('service:exporter');
    const assertion = String(seen?.headers['x-postern-assertion']);
    const claims = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ sub: 'service:exporter', aud: world.url('reports', '') });
    expect(claims).not.toHaveProperty('email');
    expect(JSON.stringify(world.app.seen)).not.toContain(token);
  });

  test('is let in by the key of its certificate, on the connection that showed it', async () => {
    const browser = world.browser('lin-laptop');
    expect((await browser.send(world.url('reports'))).status).toBe(200);
    expect(world.app.seen[0]?.headers['x-postern-user']).toBe('service:laptop');
  });

  test('is kept to what names it: other methods, denied paths and grants for people are a no, and never a sign-in', async () => {
    const answers = [
      await ask('reports', '/', bearer, 'POST'),
      await ask('reports', '/secret/keys', bearer),
      await ask('people', '/', {
        ...bearer,
        accept: 'text/html',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(403);
      expect(answer.headers['content-type']).toContain('application/problem+json');
    }
    expect(JSON.parse(answers[1]?.body ?? '{}').code).toBe('explicit_deny');
    expect(world.app.seen).toEqual([]);
  });

  test('with a token that nobody has is told so, with a challenge', async () => {
    const answer = await ask('reports', '/', { authorization: `Bearer ${stranger}` });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('invalid_token');
    expect(JSON.parse(answer.body).code).toBe('service_unknown');
    expect(world.app.seen).toEqual([]);
  });

  test('learns its own name', async () => {
    expect(JSON.parse((await ask('reports', '/.postern/session', bearer)).body)).toEqual({ service: 'exporter' });
    expect((await ask('reports', '/.postern/session', { authorization: `Bearer ${stranger}` })).status).toBe(401);
  });

  test('is in the trail by its name, and its token is nowhere', async () => {
    const answer = await ask('reports', '/', bearer, 'POST');
    const id = answer.headers['postern-decision-id'];
    const found = await world.admin(`/api/v1/decisions/${String(id)}`);
    expect(found.body).toContain('"service_id":"exporter"');
    expect(found.body).toContain('"proved_by":"token"');
    expect(found.body + world.log.join('\n')).not.toContain(token);
  });

  test('other Authorization headers are the app’s, and reach it from people', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('reports'), 'ada');
    world.app.seen.length = 0;
    const answer = await browser.send(world.url('reports'), { headers: { authorization: 'Bearer of-the-app' } });
    expect(answer.status).toBe(200);
    expect(world.app.seen[0]?.headers.authorization).toBe('Bearer of-the-app');
  });

  test('what it has open ends when the configuration no longer names its token', async () => {
    const text = readFileSync(world.file, 'utf8');
    const asked = new Promise<void>((resolve) => {
      world.app.answer = (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: 1\n\n');
        resolve();
      };
    });
    const ended = ask('reports', '/feed', bearer).then(
      () => 'ended',
      () => 'ended',
    );
    await asked;
    writeFileSync(world.file, text.replace(sha256(token), sha256(stranger)));
    const reloaded = await world.admin('/api/v1/reload', { method: 'POST', body: {} });
    expect(reloaded.status).toBe(200);
    expect(await ended).toBe('ended');
    world.app.answer = undefined;
    expect((await ask('reports', '/', bearer)).status).toBe(401);
    writeFileSync(world.file, text);
    await world.admin('/api/v1/reload', { method: 'POST', body: {} });
    expect((await ask('reports', '/', bearer)).status).toBe(200);
  });
});
