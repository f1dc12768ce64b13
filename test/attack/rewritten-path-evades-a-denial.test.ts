import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cookieLine, getBytes, sendRaw, statusesOf } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const app = 'to: [APP], tls_upstream_server_name: app.internal, tls_custom_ca_file: "CA_FILE"';
const allow = 'allow: [{ id: readers, groups: [engineering] }]';
const routes = `  - { name: mounted, from: "https://front.localhost:TLS_PORT", prefix: /grafana, ${app}, rewrite: { strip_prefix: /grafana }, ${allow}, encoded_slashes: keep, doubled_slashes: keep, deny: [{ id: no-drafts, paths: [/grafana/drafts/**] }] }
  - { name: moved, from: "https://front.localhost:TLS_PORT", prefix: /old, ${app}, rewrite: { strip_prefix: /old, prefix: /new/place }, ${allow} }
  - { name: added, from: "https://added.localhost:TLS_PORT", ${app}, rewrite: { prefix: /admin }, ${allow} }
  - { name: direct, from: "https://direct.localhost:TLS_PORT", ${app}, ${allow}, deny: [{ id: no-admin, paths: [/admin/**, /new/place/secret] }, { id: no-contractors, groups: [contractors] }] }
`;

describe('a path that is rewritten for the app', () => {
  let world: World;
  let browser: HttpBrowser;
  beforeAll(async () => {
    world = await startWorld({ routes, hosts: ['front', 'added', 'direct'] });
    browser = world.browser();
    await world.signIn(browser, world.url('front', '/grafana/x'), 'lin');
    await browser.open(world.url('added', '/'));
  });
  afterAll(() => world?.close());

  async function ask(host: string, path: string) {
    const before = world.app.seen.length;
    const received = await sendRaw(world, host, getBytes(world, host, path, [cookieLine(browser, host)]));
    const seen = world.app.seen.slice(before).map(({ url, headers }) => [url, headers['x-forwarded-prefix']]);
    return { status: statusesOf(received)[0] ?? 0, seen };
  }

  test.each([
    ['/grafana', '/'],
    ['/grafana/', '/'],
    ['/grafana/d/abc?x=%2f', '/d/abc?x=%2f'],
    ['/grafana/grafana/x', '/grafana/x'],
    ['/grafana/a%2Fb', '/a%2Fb'],
    ['/grafana/a//b', '/a//b'],
  ])('comes without its prefix, and the app is told which: %s', async (path, forwarded) => {
    expect(await ask('front', path)).toEqual({ status: 200, seen: [[forwarded, '/grafana']] });
  });

  test('has another prefix where the route says so', async () => {
    expect((await ask('front', '/old/x')).seen).toEqual([['/new/place/x', '/old']]);
    expect((await ask('front', '/old')).seen).toEqual([['/new/place/', '/old']]);
  });

  test.each([
    // What another route of the same app denies.
    ['front', '/grafana/admin/users', 403],
    ['front', '/grafana/ADMIN/users', 403],
    ['front', '/grafana/%61dmin/users', 403],
    ['front', '/grafana/admin%2Fusers', 403],
    ['front', '/grafana/x%2F..%2Fadmin/users', 400],
    ['front', '/grafana/admin//users', 403],
    ['front', '/old/secret', 403],
    ['added', '/users', 403],
    // What the route itself denies, before it is rewritten.
    ['front', '/grafana/drafts/1', 403],
    ['front', '/grafana/../admin/users', 400],
    ['front', '/grafana/%2e%2e/admin', 400],
    // What is left would be another host to some.
    ['front', '/grafana//admin/users', 400],
    ['front', '/grafana//evil.example/x', 400],
    ['front', '/grafana/%2Fadmin/users', 400],
    ['front', '/GRAFANA/x', 404],
    ['front', '/grafanax/admin', 404],
  ])('reaches no app where a rule or the spelling forbids it: %s%s', async (host, path, status) => {
    expect(await ask(host, path)).toEqual({ status, seen: [] });
  });

  test('takes no grant or lock of another route with it: those stay with the path that people typed', async () => {
    const locked = await world.admin('/api/v1/locks/route/direct', { method: 'PUT', body: { reason: 'closed' } });
    expect(locked.status).toBeLessThan(300);
    expect((await ask('front', '/grafana/x')).status).toBe(200);
  });

  test('passes denials that are about people, too', async () => {
    const contractor = world.browser();
    await world.signIn(contractor, world.url('front', '/old/x'), 'kim');
    expect((await contractor.send(world.url('front', '/old/x'))).status).toBe(403);
  });

  /** An event stream that the app has got, with its end and the path that came. */
  async function openFeed(path: string) {
    const reached = new Promise<string | undefined>((resolve) => {
      world.app.answer = (request, response) => {
        response.setHeader('Content-Type', 'text/event-stream');
        response.write('data: 1\n\n');
        resolve(request.url);
      };
    });
    const bytes = getBytes(world, 'front', path, [cookieLine(browser, 'front')]);
    // Longer than the test may take: only a real end counts.
    const ended = sendRaw(world, 'front', bytes, { patienceMs: 120_000 });
    return { ended, forwarded: await reached };
  }

  async function reloadWith(text: string): Promise<void> {
    writeFileSync(world.file, text);
    expect((await world.admin('/api/v1/reload', { method: 'POST' })).status).toBe(200);
    world.app.answer = undefined;
  }

  test('stands in the trail as people typed it, also where it was denied as the app would have got it', async () => {
    const denied = await browser.send(world.url('front', '/grafana/admin/users'));
    const { body } = await world.admin(`/api/v1/decisions/${String(denied.headers['postern-decision-id'])}`);
    expect(JSON.parse(body).event).toMatchObject({ route: 'mounted', path: '/grafana/admin/users', rule: 'no-admin' });
  });

  test('is denied to what is open already, as soon as the other route says so', async () => {
    const { ended, forwarded } = await openFeed('/grafana/feed');
    expect(forwarded).toBe('/feed');
    await reloadWith(world.text.replace('[/admin/**, ', '[/admin/**, /feed, '));
    expect(await ended).toContain('data: 1');
    expect((await ask('front', '/grafana/feed')).status).toBe(403);
  });

  test('is not kept open by another rewrite, which leads past the denial', async () => {
    const { ended, forwarded } = await openFeed('/old/feed');
    expect(forwarded).toBe('/new/place/feed');
    const moved = world.text.replace('prefix: /new/place', 'prefix: /newer');
    await reloadWith(moved.replace('[/admin/**, ', '[/admin/**, /new/place/feed, '));
    expect(await ended).toContain('data: 1');
  });
});
