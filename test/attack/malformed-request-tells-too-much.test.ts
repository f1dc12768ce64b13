import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getBytes, sendRaw, statusesOf } from '../support/attack-socket.ts';
import { startWorld, type World } from '../support/world.ts';

describe('a malformed request', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  const good = () => getBytes(world, 'wiki', '/');

  test.each<[string, (bytes: string) => string]>([
    ['rubbish', () => 'rubbish\r\n\r\n'],
    ['no Host', (bytes) => bytes.replace(/^Host: .*\r\n/m, '')],
    ['an empty Host', (bytes) => bytes.replace(/^Host: .*$/m, 'Host:')],
    ['two Hosts', (bytes) => bytes.replace(/^(Host: .*)$/m, '$1\r\n$1')],
    ['an odd Host', (bytes) => bytes.replace(/^Host: .*$/m, 'Host: wiki.localhost/x')],
    ['a Host with userinfo', (bytes) => bytes.replace(/^Host: .*$/m, 'Host: a@wiki.localhost')],
    ['a Host with an escape', (bytes) => bytes.replace(/^Host: .*$/m, 'Host: wiki%2elocalhost')],
    ['an asterisk', (bytes) => bytes.replace('GET /', 'GET *')],
    ['OPTIONS *', (bytes) => bytes.replace('GET /', 'OPTIONS *')],
    ['TRACE', (bytes) => bytes.replace('GET', 'TRACE')],
    ['a method that nobody knows', (bytes) => bytes.replace('GET', 'GIMME')],
    ['a method in small letters', (bytes) => bytes.replace('GET', 'get')],
    ['a space in the path', (bytes) => bytes.replace('GET /', 'GET /a b')],
    ['a fragment', (bytes) => bytes.replace('GET /', 'GET /#x')],
    ['half an escape', (bytes) => bytes.replace('GET /', 'GET /%4')],
    ['bad UTF-8', (bytes) => bytes.replace('GET /', 'GET /%ff%fe')],
    ['a zero byte', (bytes) => bytes.replace('GET /', 'GET /%00')],
    ['a byte over 127 in the query', (bytes) => bytes.replace('GET /', 'GET /?\xff')],
    [
      'an upgrade by POST',
      (bytes) => bytes.replace('GET', 'POST').replace('Connection: close', 'Connection: Upgrade\r\nUpgrade: websocket'),
    ],
  ])('is a 400 with a decision id and nothing of the program or the input: %s', async (_title, change) => {
    const text = await sendRaw(world, 'wiki', Buffer.from(change(good()), 'latin1'), { patienceMs: 3_000 });
    expect(statusesOf(text)).toEqual([400]);
    expect(text).toMatch(/^postern-decision-id: dec_[0-9A-Z]{26}\r$/im);
    expect(text).not.toMatch(/\.ts\b|node_modules|at \w+ \(|Error:|HPE_|rubbish|a@wiki/);
    expect(text).not.toMatch(/^(set-cookie|location):/im);
    expect(world.app.seen).toEqual([]);
  });

  test('is in the audit trail under its id', async () => {
    for (const bytes of ['rubbish\r\n\r\n', good().replace('GET /', 'GET /../')]) {
      const text = await sendRaw(world, 'wiki', bytes);
      const id = /dec_[0-9A-Z]{26}/.exec(text)?.[0] ?? '';
      const found = await world.admin(`/api/v1/decisions/${id}`);
      expect([id, found.status]).toEqual([id, 200]);
      expect(JSON.parse(found.body).event.reason).toBe('request_malformed');
    }
  });

  test.each([
    '__Host-postern=',
    '__Host-postern=%',
    '__Host-postern=\x7f',
    `__Host-postern="${'A'.repeat(43)}"`,
    `__Host-postern=${'A'.repeat(42)}`,
    `__Host-postern=${'A'.repeat(44)}`,
    `__Host-postern=${'A'.repeat(43)}; __Host-postern=${'B'.repeat(43)}`,
    `__Host-postern = ${'A'.repeat(43)}`,
    `__HOST-POSTERN=${'A'.repeat(43)}`,
    '__proto__=x; constructor=y; __Host-postern=z',
    ';;;===;;;',
    '__Host-postern-attempt=; __Host-postern-sso=s%3Ax.y',
    "__Host-postern=' OR 1=1 --",
  ])('cookie is "not signed in" and no error: %j', async (cookie) => {
    for (const host of ['wiki', 'auth']) {
      const bytes = getBytes(world, host, '/', ['Accept: text/html', `Cookie: ${cookie}`]);
      const [status] = statusesOf(await sendRaw(world, host, Buffer.from(bytes, 'latin1')));
      expect([302, 303, ...(cookie.includes('\x7f') ? [400] : [])]).toContain(status);
    }
    expect(world.app.seen).toEqual([]);
  });
});
