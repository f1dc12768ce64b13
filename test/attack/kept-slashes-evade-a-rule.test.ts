import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cookieLine, getBytes, sendRaw, statusesOf } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const app = 'to: [APP], tls_upstream_server_name: app.internal, tls_custom_ca_file: "CA_FILE"';
const keep = 'encoded_slashes: keep, doubled_slashes: keep';
const routes = `  - name: packages
    from: https://packages.localhost:TLS_PORT
    ${app.replaceAll(', ', '\n    ')}
    encoded_slashes: keep
    doubled_slashes: keep
    allow: [{ id: readers, groups: [engineering], paths: ["/pub*/**", "/@*/**", /@*, "/a/**"] }]
    deny: [{ id: no-admin, paths: ["/public/admin/**", "/**/secret"] }]
  - { name: inner, from: "https://packages.localhost:TLS_PORT", prefix: /a/inner, ${app}, ${keep}, allow: [{ id: operations, groups: [operations] }] }
  - { name: strict, from: "https://strict.localhost:TLS_PORT", ${app}, allow: [{ id: all, groups: [engineering] }] }
`;

describe('slashes that are kept', () => {
  let world: World;
  let browser: HttpBrowser;
  beforeAll(async () => {
    world = await startWorld({ routes, hosts: ['packages', 'strict'] });
    browser = world.browser();
    await world.signIn(browser, world.url('packages', '/a/x'), 'lin');
    await browser.open(world.url('strict'));
  });
  afterAll(() => world?.close());

  async function ask(
    host: string,
    path: string,
  ): Promise<{ readonly status: number; readonly seen: readonly string[] }> {
    const before = world.app.seen.length;
    const bytes = getBytes(world, host, path, [cookieLine(browser, host)]);
    const received = await sendRaw(world, host, bytes);
    return { status: statusesOf(received)[0] ?? 0, seen: world.app.seen.slice(before).map(({ url }) => url) };
  }

  test.each([
    ['/@scope%2fname', '/@scope%2Fname'],
    ['/@scope%2Fname/-/name-1.0.tgz?x=%2f', '/@scope%2Fname/-/name-1.0.tgz?x=%2f'],
    ['/public//bucket//key', '/public//bucket//key'],
    ['/public%2Fx/y', '/public%2Fx/y'],
    ['/public/x%2F', '/public/x%2F'],
  ])('reach an app that takes them, as they came: %s', async (path, forwarded) => {
    expect(await ask('packages', path)).toEqual({ status: 200, seen: [forwarded] });
  });

  test.each([
    // Denied as the app would read it.
    '/public%2Fadmin/x',
    '/public%2Fadmin%2Fx',
    '/public//admin/x',
    '/public/x%2Fsecret',
    '/public/x//secret',
    '/PUBLIC%2FADMIN/x',
    // Granted as it stands, and not as the app would read it; and the other way round.
    '/publicity%2F..%2Fsecret',
    '/other%2Fx',
    '/a%2Fx',
    '/@scope%2Fa%2Fb%2F..%2Fc',
    // It would lead to a stricter route.
    '/a%2Finner/x',
    '/a//inner/x',
    '/a/inner%2Fx',
    // Of no app at all.
    '/.postern%2Fsession',
    '/a%2F.postern%2Fsession',
    '//packages.localhost/x',
    '//public/x',
    '/%2Fpublic/x',
    '/public%2F%2Fx',
    '/public/%2Fx',
    '/public%2F.%2Fx',
    '/public%2F..%2Fx',
    '/public%2F%2E%2E%2Fx',
    '/public%2F..;%2Fx',
    '/public%252Fadmin/x',
    '/public%255Cadmin',
    '/public%5Cadmin/x',
    '/public//%2Fx',
    '/public//x%2Fy/../z',
    '/public//../x',
    '/public//;/x',
  ])('open nothing that a rule closes, however they are read: %s', async (path) => {
    const { status, seen } = await ask('packages', path);
    expect([seen, status === 400 || status === 403]).toEqual([[], true]);
  });

  test.each(['/x%2Fy', '/x//y', '/x%2fy'])('are refused where the route does not say so: %s', async (path) => {
    expect(await ask('strict', path)).toEqual({ status: 400, seen: [] });
    // A host that nobody serves gets the same answer: whether there is one is not told.
    const received = await sendRaw(world, 'strict', getBytes(world, 'nobody', path));
    expect(statusesOf(received)).toEqual([400]);
  });
});
