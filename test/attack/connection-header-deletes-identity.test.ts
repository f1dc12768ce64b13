import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cookieLine, getBytes, sendRaw, statusesOf } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

describe('a Connection header that names a header of ours', () => {
  let world: World;
  let browser: HttpBrowser;
  beforeAll(async () => {
    world = await startWorld({
      edit: (yaml) => yaml.replace('title: Wiki\n', 'title: Wiki\n    set_request_headers: { X-Env: prod }\n'),
    });
    browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  test.each([
    ['close, X-Postern-Assertion, X-Postern-User, X-Postern-Email, X-Postern-Groups'],
    ['close, x-postern-assertion,X-POSTERN-USER,x-Postern-Email , x-postern-groups'],
    ['close, Host, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Env'],
    ['close\r\nConnection: x-postern-user, x-postern-assertion, x-env'],
    ['close\r\nProxy-Connection: x-postern-assertion\r\nKeep-Alive: x-postern-assertion'],
  ])('deletes none of them: %j', async (value) => {
    const bytes = getBytes(world, 'wiki', '/', [cookieLine(browser, 'wiki')]).replace('close', value);
    expect(statusesOf(await sendRaw(world, 'wiki', bytes))).toEqual([200]);
    const { headers } = world.app.seen[0] ?? { headers: {} };
    expect(headers).toMatchObject({
      'x-postern-user': 'ada',
      'x-postern-email': 'ada@corp.example',
      'x-postern-groups': 'engineering,finance,operations',
      'x-postern-assertion': expect.stringMatching(/^ey/),
      'x-env': 'prod',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      host: new URL(world.url('wiki')).host,
    });
  });
});
