import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { cookieLine, getBytes, sendRaw, statusesOf } from '../../support/attack-socket.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { startWorld, type World } from '../../support/world.ts';

const allow = 'allow: [{ id: readers, groups: [engineering], methods: [GET, HEAD, POST] }]';
const app = 'to: [APP], tls_upstream_server_name: app.internal, tls_custom_ca_file: "CA_FILE"';
const headers =
  'set_response_headers: { X-Frame-Options: DENY, X-Env: prod }, remove_response_headers: [Server, X-Inner, Content-Type], allow_websockets: true';
const routes = `  - { name: old, from: "https://old.localhost:TLS_PORT", redirect: { to: "https://framed.localhost:TLS_PORT/app/", status: 308, keep_path: true }, ${allow} }
  - { name: short, from: "https://short.localhost:TLS_PORT", redirect: { to: "https://framed.localhost:TLS_PORT/here" }, public: true }
  - { name: closed, from: "https://closed.localhost:TLS_PORT", respond: { status: 503, html: "<h1>Back at nine</h1>", retry_after: 10m }, ${allow} }
  - { name: robots, from: "https://short.localhost:TLS_PORT", path: /robots.txt, respond: { text: "User-agent: *" }, public: true, cors: { origins: ["https://spa.example"] } }
  - { name: framed, from: "https://framed.localhost:TLS_PORT", ${app}, ${headers}, ${allow} }
`;

let world: World;
let browser: HttpBrowser;
beforeAll(async () => {
  world = await startWorld({ routes, hosts: ['old', 'short', 'closed', 'framed'] });
  browser = world.browser();
  await world.signIn(browser, world.url('framed'), 'lin');
  await browser.open(world.url('old'));
  await browser.open(world.url('closed'));
});
afterAll(() => world?.close());
afterEach(() => {
  world.app.answer = undefined;
});

describe('a route that leads elsewhere', () => {
  test('takes path and query with it where it says so', async () => {
    const answer = await browser.send(world.url('old', '/a%20b/c?x=1&y=%2F'));
    expect(answer.status).toBe(308);
    expect(answer.headers.location).toBe(world.url('framed', '/app/a%20b/c?x=1&y=%2F'));
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['postern-decision-id']).toBeDefined();
  });

  test('asks who somebody is, like any other, and tells nobody else where it leads', async () => {
    const stranger = await world.browser().send(world.url('old', '/a'));
    expect(stranger.headers.location).toContain('auth.localhost');
    const other = world.browser();
    await world.signIn(other, world.url('old'), 'kim');
    const denied = await other.send(world.url('old', '/a'));
    expect(denied.status).toBe(403);
    expect(JSON.stringify(denied)).not.toContain('framed.localhost');
  });

  test('needs no sign-in where it is public, and no app', async () => {
    const answer = await world.browser().send(world.url('short', '/x?y'));
    expect([answer.status, answer.headers.location]).toEqual([302, world.url('framed', '/here')]);
  });

  test('can be led to no other host by a path', async () => {
    for (const path of [
      '//evil.example/x',
      '/%2F%2Fevil.example',
      '/\\evil.example',
      '/.evil.example',
      '/@evil.example',
    ]) {
      const bytes = getBytes(world, 'old', path, [cookieLine(browser, 'old')]);
      const received = await sendRaw(world, 'old', bytes);
      const location = /^location: (.*)$/im.exec(received)?.[1]?.trim();
      if (location !== undefined) expect(new URL(location).hostname).toBe('framed.localhost');
      else expect(statusesOf(received)).toEqual([400]);
    }
  });
});

describe('a route that answers itself', () => {
  test('gives its page, with when to come back, and lets nothing run on it', async () => {
    const answer = await browser.send(world.url('closed', '/anything'));
    expect([answer.status, answer.body]).toEqual([503, '<h1>Back at nine</h1>']);
    expect(answer.headers['retry-after']).toBe('600');
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['content-security-policy']).not.toContain('script');
    const head = await browser.send(world.url('closed'), { method: 'HEAD' });
    expect([head.status, head.body, head.headers['content-length']]).toEqual([503, '', '21']);
  });

  test('is one path of a host beside another', async () => {
    const answer = await world.browser().send(world.url('short', '/robots.txt'));
    expect([answer.status, answer.body]).toEqual([200, 'User-agent: *']);
  });

  test('can be read by scripts of the origins that its route lists, and of no others', async () => {
    const readerOf = async (origin: string) => {
      const { headers } = await world.browser().send(world.url('short', '/robots.txt'), { headers: { origin } });
      return headers['access-control-allow-origin'];
    };
    expect(await readerOf('https://spa.example')).toBe('https://spa.example');
    expect(await readerOf('https://evil.example')).toBeUndefined();
  });

  test('reads no body as the next request, and answers two requests of one connection', async () => {
    const { host } = new URL(world.url('closed'));
    const lines = [
      `Host: ${host}`,
      'User-Agent: postern-test-browser',
      `Origin: ${new URL(world.url('closed')).origin}`,
    ];
    lines.push(cookieLine(browser, 'closed'));
    const hidden = getBytes(world, 'closed', '/hidden');
    const post = ['POST / HTTP/1.1', ...lines, `Content-Length: ${hidden.length + 9}`, '', hidden].join('\r\n');
    expect(statusesOf(await sendRaw(world, 'closed', post))).toEqual([503]);
    const get = ['GET /one HTTP/1.1', ...lines, '', ''].join('\r\n');
    const both = get + getBytes(world, 'closed', '/two', [cookieLine(browser, 'closed')]);
    expect(statusesOf(await sendRaw(world, 'closed', both))).toEqual([503, 503]);
  });

  test('stands in the trail and in the list of routes', async () => {
    const answer = await browser.send(world.url('closed', '/in-the-trail'));
    const id = String(answer.headers['postern-decision-id']);
    const explained = await world.admin(`/api/v1/decisions/${id}`);
    expect(explained.status).toBe(200);
    expect(explained.body).toContain('closed');
    const listed = await world.admin('/api/v1/routes');
    expect(listed.body).toContain('respond with 503');
    expect(listed.body).toContain(`redirect to ${world.url('framed', '/here')}`);
  });
});

describe('headers of an app’s answers', () => {
  test('are set over what the app says, and removed', async () => {
    world.app.answer = (_request, response) => {
      response.setHeader('x-frame-options', ['SAMEORIGIN', 'ALLOWALL']);
      response.setHeader('Server', 'inner/1.2');
      response.setHeader('X-Inner', '10.0.0.5');
      response.setHeader('X-Kept', 'yes');
      response.end('body');
    };
    const answer = await browser.send(world.url('framed'));
    expect(answer.headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-env': 'prod', 'x-kept': 'yes' });
    expect(answer.headers).not.toHaveProperty('server');
    expect(answer.headers).not.toHaveProperty('x-inner');
  });

  test('are removed behind its body as well', async () => {
    world.app.answer = (_request, response) => {
      response.writeHead(200, { Trailer: 'X-Inner, X-Sum' });
      response.write('body');
      response.addTrailers({ 'X-Inner': '10.0.0.5', 'X-Env': 'test', 'X-Sum': 'abc' });
      response.end();
    };
    const received = await sendRaw(world, 'framed', getBytes(world, 'framed', '/', [cookieLine(browser, 'framed')]));
    expect(received).toMatch(/\r\n0\r\nx-sum: abc\r\n\r\n$/i);
  });

  test('are the same where it refuses a handshake', async () => {
    const handshake = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Key: none',
      'Sec-WebSocket-Version: 7',
    ];
    const bytes = getBytes(world, 'framed', '/', [cookieLine(browser, 'framed'), ...handshake]);
    const received = await sendRaw(world, 'framed', bytes);
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
    expect(received).toMatch(/x-frame-options: DENY/i);
    expect(received).not.toMatch(/content-type/i);
  });

  test('are not those of answers that Postern gives itself', async () => {
    const other = world.browser();
    await world.signIn(other, world.url('framed'), 'kim');
    const denied = await other.send(world.url('framed'));
    expect(denied.status).toBe(403);
    expect(denied.headers).not.toHaveProperty('x-env');
  });
});
