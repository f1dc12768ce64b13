import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import type { Answer, HttpBrowser } from '../../support/http-browser.ts';
import { freePort, startWorld, type World } from '../../support/world.ts';

type Kind = keyof typeof clientKinds | 'document_post' | 'websocket';

const kinds: readonly Kind[] = [
  'document',
  'document_post',
  'frame',
  'script',
  'subresource',
  'api',
  'grpc',
  'websocket',
];

const situations = {
  'no session': { person: undefined, host: 'dashboard', status: 401, code: 'login_required', grpc: '16' },
  'a step-up is needed': { person: 'ada', host: 'vault', status: 401, code: 'step_up_required', grpc: '16' },
  denied: { person: 'kim', host: 'dashboard', status: 403, code: 'not_in_required_group', grpc: '7' },
  'an unknown host': { person: 'ada', host: 'nowhere', status: 404, code: 'route_unknown', grpc: '12' },
  'the upstream is down': { person: 'ada', host: 'other', status: 502, code: 'upstream_unreachable', grpc: '14' },
} as const;

describe('the answer to', () => {
  let world: World;
  const browsers = new Map<string, HttpBrowser>();
  beforeAll(async () => {
    const dead = await freePort();
    world = await startWorld({
      hosts: ['vault', 'nowhere'],
      routes: `  - name: dead
    title: Dead app
    owner: dead-owners@corp.example
    from: https://other.localhost:TLS_PORT
    to: ["https://127.0.0.1:${dead}"]
    allow_websockets: true
    allow: [{ id: engineering, groups: [engineering] }]
  - name: vault
    from: https://vault.localhost:TLS_PORT
    to: [APP]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow_websockets: true
    clients: { api_paths: [/api/**] }
    allow:
      - { id: lobby, groups: [finance], paths: [/lobby] }
      - { id: finance, groups: [finance], auth: { methods: [otp], max_age: 15m } }`,
    });
    for (const person of ['ada', 'kim']) {
      const browser = world.browser();
      for (const host of ['wiki', 'dashboard', 'other']) {
        await world.signIn(browser, world.url(host), person, 'password');
      }
      browsers.set(person, browser);
    }
    await browsers.get('ada')?.open(world.url('vault', '/lobby'));
  });
  afterAll(() => world?.close());

  function ask(kind: Kind, host: string, browser: HttpBrowser): Promise<Answer> {
    const url = world.url(host, '/thing?a=1');
    switch (kind) {
      case 'document_post':
        return browser.send(url, {
          method: 'POST',
          body: 'a=1',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        });
      case 'grpc':
        return browser.send(url, { method: 'POST', body: '', headers: clientKinds.grpc });
      case 'websocket':
        return browser.send(url, {
          headers: {
            ...clientKinds.api,
            accept: undefined,
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-version': '13',
            'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          },
        });
      default:
        return browser.send(url, { headers: clientKinds[kind] });
    }
  }

  for (const [name, { person, host, status, code, grpc }] of Object.entries(situations)) {
    test.each(kinds)(`${name}: %s`, async (kind) => {
      const browser = browsers.get(person ?? '') ?? world.browser();
      const answer = await ask(kind, host, browser);
      const id = String(answer.headers['postern-decision-id']);
      expect(id).toMatch(/^dec_[0-9A-Z]{26}$/);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers['proxy-status']).toMatch(/^postern/);
      expect(answer.headers.vary).toContain('Sec-Fetch-Mode');

      const isSentOn = kind === 'document' && status === 401;
      expect(answer.status).toBe(kind === 'grpc' ? 200 : isSentOn ? 302 : status);
      expect(answer.headers['www-authenticate'] !== undefined).toBe(answer.status === 401);
      expectForm(kind, answer, isSentOn);
      if (kind === 'grpc') expect(answer.headers['grpc-status']).toBe(grpc);

      const found = await world.admin(`/api/v1/decisions/${id}`);
      expect(found.status).toBe(200);
      expect(JSON.parse(found.body).event).toMatchObject({ decision_id: id, reason: code });
    });
  }

  function expectForm(kind: Kind, answer: Answer, isSentOn: boolean): void {
    const type = answer.headers['content-type'];
    const id = String(answer.headers['postern-decision-id']);
    if (isSentOn) {
      expect(answer.headers.location).toContain(world.url('auth', '/.postern/'));
      return;
    }
    switch (kind) {
      case 'document':
      case 'document_post':
      case 'frame':
        expect(type).toBe('text/html; charset=utf-8');
        expect(answer.body).toContain(id);
        expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
        if (kind === 'frame' && answer.status === 401) expect(answer.body).toMatch(/target="_(top|blank)"/);
        return;
      case 'script':
      case 'api':
      case 'websocket':
        expect(type).toBe('application/problem+json');
        expect(JSON.parse(answer.body)).toMatchObject({ decision_id: id, status: answer.status });
        return;
      case 'subresource':
        expect([type, answer.body]).toEqual([undefined, '']);
        return;
      case 'grpc':
        expect([type, answer.body]).toEqual(['application/grpc', '']);
    }
  }

  test('a form that was posted too late says that nothing was saved and how to send it again', async () => {
    const answer = await ask('document_post', 'dashboard', world.browser());
    expect(answer.status).toBe(401);
    expect(answer.body).toContain('Nothing was saved');
    expect(answer.body).toContain(`href="${world.url('dashboard', '/thing?a=1')}"`);
    expect(world.app.seen.some(({ method }) => method === 'POST')).toBe(false);
  });

  test("an app's own no passes as it is, without a mark of ours", async () => {
    world.app.answer = (_request, response) =>
      void response.writeHead(403, { 'content-type': 'text/plain', 'postern-decision-id': 'dec_forged' }).end('no');
    try {
      const answer = await ask('script', 'dashboard', browsers.get('ada') ?? world.browser());
      expect([answer.status, answer.body, answer.headers['content-type']]).toEqual([403, 'no', 'text/plain']);
      expect(answer.headers['postern-decision-id']).toBeUndefined();
      expect(answer.headers['proxy-status']).toBeUndefined();
    } finally {
      world.app.answer = undefined;
    }
  });

  test('the upstream-down page names the app and its owner', async () => {
    const page = await ask('document', 'other', browsers.get('ada') ?? world.browser());
    expect(page.body).toContain('Dead app');
    expect(page.body).toContain('dead-owners@corp.example');
  });

  test('a path that the admin named as an API gets problems whatever the browser sends', async () => {
    const answer = await world.browser().send(world.url('vault', '/api/things'));
    expect([answer.status, answer.headers['content-type']]).toEqual([401, 'application/problem+json']);
  });
});
