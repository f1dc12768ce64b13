import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../../support/world.ts';

const token = `pst_${'exporter-token-'.repeat(3)}`;
const stranger = `pst_${'some-other-one-'.repeat(3)}`;
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** What a program sends that is no browser. */
const program = { accept: '*/*', 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined, 'user-agent': 'git/2.39.5' };
type Sent = Readonly<Record<string, string | string[] | undefined>>;

const appRoute = (name: string, rules: string) => `
  - name: ${name}
    title: ${name}
    from: https://${name}.localhost:TLS_PORT
    to: APP
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    pass_identity_headers: true
    ${rules}`;

describe.each([
  ['one provider', (yaml: string) => yaml],
  [
    'two providers',
    // The second one is never asked here: it is enough that a grant for people would have to name one.
    (yaml: string) =>
      yaml
        .replace(
          /(identity_providers:\n)([\s\S]*?)(postures:)/,
          (_, key, one: string, next) =>
            `${key}${one}${one.replace('id: corp', 'id: partner').replace('http://127.0.0.1', 'http://localhost').replace('Corp account', 'Partner account')}${next}`,
        )
        .replaceAll(
          /allow: \[\{ id: (everyone|engineering|finance|operations|staff),/g,
          'allow: [{ id: $1, provider: corp,',
        ),
  ],
])('the token of a service, with %s,', (_, edit) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      hosts: ['repo', 'wide'],
      routes:
        appRoute('repo', 'allow: [{ id: staff, groups: [finance] }, { id: machines, services: [exporter] }]') +
        appRoute('wide', 'public: true'),
      extra: `services: [{ id: exporter, token_hash: "sha256:${hashOf(token)}" }]`,
      edit,
    });
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  const ask = (headers: Sent, path = '/', host = 'repo') =>
    world.browser().send(world.url(host, path), { headers: { ...program, ...headers } });

  test.each([
    ['as the password of Basic', { authorization: basic('anybody', token) }],
    ['as the password of Basic without a user', { authorization: basic('', token) }],
    ['as the password of basic in lower case', { authorization: basic('x', token).replace('Basic', 'basic') }],
    ['in X-Postern-Token', { 'x-postern-token': token }],
    ['as Bearer', { authorization: `Bearer ${token}` }],
  ])('lets it in %s, and goes no further', async (_place, headers) => {
    expect((await ask(headers)).status).toBe(200);
    expect(world.app.seen[0]?.headers['x-postern-user']).toBe('service:exporter');
    expect(world.app.seen[0]?.headers.authorization).toBeUndefined();
    expect(world.app.seen[0]?.headers['x-postern-token']).toBeUndefined();
  });

  test.each([
    'AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu/s3/aws4_request, SignedHeaders=host, Signature=ab',
    basic('ada', 'her own password'),
    'Bearer of-the-app',
  ])('in X-Postern-Token leaves the app’s own Authorization alone: %s', async (authorization) => {
    expect((await ask({ 'x-postern-token': token, authorization })).status).toBe(200);
    expect(world.app.seen[0]?.headers.authorization).toBe(authorization);
    expect(JSON.stringify(world.app.seen)).not.toContain(token);
  });

  test.each([
    ['a good one and a bad one', { 'x-postern-token': token, authorization: `Bearer ${stranger}` }],
    ['a bad one and a good one', { 'x-postern-token': stranger, authorization: basic('x', token) }],
    ['the same one twice', { 'x-postern-token': token, authorization: `Bearer ${token}` }],
    ['a strange spelling beside a good one', { 'x-postern-token': token, authorization: `bearer="${token}"` }],
  ])('is refused in two places at once: %s', async (_what, headers) => {
    const answer = await ask(headers);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).code).toBe('credentials_conflict');
    expect((await ask(headers, '/.postern/session')).status).toBe(400);
    expect(world.app.seen).toEqual([]);
  });

  test.each<[string, Sent]>([
    ['X-Postern-Token twice', { 'X-Postern-Token': [token, token] }],
    ['X-Postern-Token with two', { 'x-postern-token': `${token}, ${token}` }],
    ['X-Postern-Token with a scheme', { 'x-postern-token': `Bearer ${token}` }],
    ['an empty X-Postern-Token', { 'x-postern-token': '' }],
    ['X-Postern-Token with another token', { 'x-postern-token': 'ghp_something' }],
    ['Basic beside the app’s own Basic', { Authorization: [basic('x', token), basic('ada', 'x')] }],
    ['the app’s own Basic before it', { Authorization: [basic('ada', 'x'), basic('x', token)] }],
    ['a password that goes on after it', { authorization: basic('x', `${token}:more`) }],
    ['a password with a line end', { authorization: basic('x', `${token}\n`) }],
    ['Basic in an alphabet of its own', { authorization: `Basic "${basic('x', token).slice(6)}"` }],
    ['Basic with something behind it', { authorization: `${basic('x', token)} x` }],
    ['a token that nobody has', { authorization: basic('x', stranger) }],
  ])('opens nothing as %s', async (_what, headers) => {
    const answer = await ask(headers);
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body).code).toBe('service_unknown');
    expect(world.app.seen).toEqual([]);
  });

  test('beside a person’s session is refused, wherever it stands', async () => {
    const cookie = `__Host-postern=${'a'.repeat(43)}`;
    for (const shown of [{ authorization: basic('x', token) }, { 'x-postern-token': token }]) {
      const answer = await ask({ cookie, ...shown });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body).code).toBe('credentials_conflict');
    }
    expect(world.app.seen).toEqual([]);
  });

  test('as a password is not lent to pages of another site by the browser that remembers it', async () => {
    for (const site of ['cross-site', 'same-site']) {
      expect((await ask({ authorization: basic('x', token), 'sec-fetch-site': site })).status).toBe(401);
    }
    expect((await ask({ authorization: basic('x', token), 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await ask({ 'x-postern-token': token, 'sec-fetch-site': 'cross-site' })).status).toBe(200);
  });

  test('as a password is not lent by browsers that tell only the origin of the page that asks', async () => {
    for (const origin of ['https://evil.example', 'null', new URL(world.url('wide')).origin]) {
      expect((await ask({ authorization: basic('x', token), origin })).status).toBe(401);
    }
    expect(world.app.seen).toEqual([]);
    const { origin } = new URL(world.url('repo'));
    expect((await ask({ authorization: basic('x', token), origin })).status).toBe(200);
    expect((await ask({ authorization: `Bearer ${token}`, origin: 'https://evil.example' })).status).toBe(200);
  });

  test('never reaches the app of a public route, as user or password of Basic or in a header of its own', async () => {
    for (const headers of [
      { authorization: basic('x', token) },
      { authorization: basic(token, '') },
      { 'x-postern-token': token },
    ]) {
      expect((await ask(headers, '/', 'wide')).status).toBe(200);
    }
    expect(world.app.seen).toHaveLength(3);
    for (const { headers } of world.app.seen) {
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('x-postern-token');
    }
  });

  test('is asked for as a password where a service may come in, and of programs alone', async () => {
    expect((await ask({})).headers['www-authenticate']).toBe('Basic realm="postern", charset="UTF-8"');
    expect((await ask({ authorization: basic('x', stranger) })).headers['www-authenticate']).toMatch(/^Basic /);
    for (const headers of [
      { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' },
      { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      { origin: 'https://repo.localhost' },
      { cookie: 'a=b' },
      { 'x-requested-with': 'XMLHttpRequest' },
      { 'x-postern-token': stranger },
      { authorization: `Bearer ${stranger}` },
    ]) {
      const answer = await ask(headers);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
    }
    expect((await ask({}, '/', 'wiki')).headers['www-authenticate']).toMatch(/^Bearer /);
  });

  test('tells its name wherever it stands', async () => {
    for (const headers of [{ authorization: basic('x', token) }, { 'x-postern-token': token }]) {
      const answer = await ask(headers, '/.postern/session');
      expect(JSON.parse(answer.body)).toEqual({ service: 'exporter' });
    }
  });

  test('is in no log and no trail', async () => {
    const asked = [
      await ask({ authorization: basic('somebody-by-name', token) }, '/', 'wiki'),
      await ask({ 'x-postern-token': stranger }),
    ];
    const ids = asked.map(({ headers }) => String(headers['postern-decision-id']));
    const found = await Promise.all(ids.map((id) => world.admin(`/api/v1/decisions/${id}`)));
    const decisions = found.map(({ body }) => body).join('\n');
    expect(decisions).toContain('"service_id":"exporter"');
    const encoded = basic('somebody-by-name', token).slice(6);
    for (const secret of [token, stranger, encoded]) {
      expect(decisions).not.toContain(secret);
      expect(world.log.join('\n')).not.toContain(secret);
    }
    expect(readFileSync(world.file, 'utf8')).not.toContain(token);
  });
});
