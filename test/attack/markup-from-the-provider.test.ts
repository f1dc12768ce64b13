import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../support/world.ts';

const markup = `"><script src=x>alert(1)</script><img src=x onerror=alert(1)>'\u202e{{7*7}}`;

describe('markup that the provider says of a person', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      people: [
        {
          id: 'eve',
          email: `eve${markup}@corp.example`,
          name: markup,
          groups: [markup, 'a,b', 'x\r\nX-Evil: 1', 'engineering'],
        },
        { id: 'line', email: 'line@corp.example', name: 'a\r\nSet-Cookie: evil=1', groups: ['\u0000', '🦊'] },
      ],
    });
  });
  afterAll(() => world?.close());

  function expectHarmless(body: string): void {
    expect(/<script|<img/i.test(body)).toBe(false);
  }

  test('is text on every page that shows the person', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('dashboard'), 'eve');
    for (const [host, path] of [
      ['auth', '/'],
      ['auth', '/.postern/sign-out'],
      ['auth', '/.postern/device'],
      ['auth', `/.postern/${encodeURIComponent(markup)}`],
      ['payroll', `/${encodeURIComponent('<script>alert(1)</script>')}`],
      ['console', `/?q=${encodeURIComponent(markup)}`],
      ['wiki', `/.postern/accept?ticket=${encodeURIComponent(markup)}`],
    ] as const) {
      const page = await browser.open(world.url(host, path));
      if (page.url.startsWith(world.provider.issuer)) continue;
      expectHarmless(page.body);
      if (page.headers['content-type']?.includes('html')) {
        expect(page.headers['content-security-policy']).toMatch(/default-src 'none'/);
        expect(page.headers['content-security-policy']).not.toMatch(/unsafe-(inline|eval)/);
      }
    }
  });

  test('is escaped in what the app is told: no header is added and no group is split', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('dashboard'), 'eve');
    const headers: Record<string, unknown> = world.app.seen.at(-1)?.headers ?? {};
    expect(headers).not.toHaveProperty('x-evil');
    const groups = String(headers['x-postern-groups']).split(',').map(decodeURIComponent);
    expect(groups).toEqual([markup, 'a,b', 'x\r\nX-Evil: 1', 'engineering']);
  });

  test('cannot break a header or a log line', async () => {
    const browser = world.browser();
    const page = await world.signIn(browser, world.url('wiki'), 'line');
    expect(page.status).toBe(200);
    expect(page.headers['set-cookie'] ?? []).toEqual([]);
    expect(JSON.stringify(world.app.seen.at(-1)?.rawHeaders)).not.toContain('evil');
    for (const line of world.log) expect(line.split('\n')[0]).not.toContain('\r');
  });

  test('in a provider’s error is not shown', async () => {
    const browser = world.browser();
    const begun = await browser.send(world.url('auth', '/.postern/login'));
    const state = new URL(begun.headers.location ?? '').searchParams.get('state') ?? '';
    const query = new URLSearchParams({ state, error: markup, error_description: markup, iss: world.provider.issuer });
    const page = await browser.open(world.url('auth', `/.postern/callback?${query}`));
    expectHarmless(page.body);
    expect(page.body).not.toContain('alert(1)');
  });
});
