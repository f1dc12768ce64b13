import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getBytes, sendRaw } from '../support/attack-socket.ts';
import { startWorld, type World } from '../support/world.ts';

describe('a host that is not served', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      routes: `  - name: partly
    from: https://other.localhost:PORT
    prefix: /here
    to: ["APP"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow: [{ id: everyone, domains: [corp.example] }]
`,
    });
  });
  afterAll(() => world?.close());

  const ask = async (host: string, path: string, lines: readonly string[] = []) =>
    sendRaw(
      world,
      'wiki',
      getBytes(world, 'wiki', path, ['Accept: text/html', ...lines]).replace(/^Host: .*$/m, `Host: ${host}`),
    );

  test.each([
    'unknown.localhost',
    'wiki',
    'localhost',
    '127.0.0.1',
    'xwiki.localhost',
    'wiki.localhost.evil.example',
    '[::1]',
  ])('is a 404 without a sign-in, a cookie or a redirect: %s', async (host) => {
    const { port } = new URL(world.url('wiki'));
    for (const path of [
      '/',
      '/.postern/session',
      '/.postern/accept?ticket=x',
      '/.postern/login',
      '/.postern/jwks.json',
    ]) {
      const text = await ask(`${host}:${port}`, path);
      expect(text).toMatch(/^HTTP\/1\.1 404 /);
      expect(text).not.toMatch(/^(set-cookie|location|www-authenticate):/im);
    }
  });

  test('answers like a path that nobody serves, letter by letter but for the ids', async () => {
    const { port } = new URL(world.url('wiki'));
    const plain = (text: string) =>
      text
        .replaceAll(/dec_[0-9A-Z]{26}/g, 'ID')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
        .replace(/^Date: .*$/m, '')
        .replaceAll(/(unknown|other)\.localhost:\d+(\/nowhere)?/g, 'HOST');
    expect(plain(await ask(`unknown.localhost:${port}`, '/nowhere'))).toBe(
      plain(await ask(`other.localhost:${port}`, '/nowhere')),
    );
  });

  test('is answered the same to somebody who is signed in', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    const answer = await browser.send(world.url('wiki'), { headers: { host: 'unknown.localhost' } });
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain('ada@corp.example');
  });

  test('and a route that somebody may not open tells its name to nobody in the portal', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('auth'), 'kim');
    const page = await browser.open(world.url('auth'));
    expect(page.status).toBe(200);
    for (const title of ['Payroll', 'Console', 'Dashboard', 'Wiki']) expect(page.body.includes(title)).toBe(false);
  });
});
