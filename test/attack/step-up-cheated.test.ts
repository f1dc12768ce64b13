import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { leaveProvider, signInByPassword } from '../support/attack-sign-in.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { otpCode } from '../support/oidc-provider.ts';
import { startWorld, type World } from '../support/world.ts';

const credential = '__Host-postern';

describe('a step-up', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      hosts: ['both'],
      routes: `  - name: open
    from: https://both.localhost:PORT
    to: ["APP"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow: [{ id: everyone, domains: [corp.example] }]
  - name: guarded
    from: https://both.localhost:PORT
    prefix: /guarded
    to: ["APP"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow: [{ id: proved, domains: [corp.example], auth: { methods: [otp], max_age: 15m } }]
`,
    });
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  async function stepUp(browser: HttpBrowser, url: string, person: string, fields = { code: otpCode }) {
    const page = await browser.open(url);
    expect(page.url.startsWith(world.provider.issuer)).toBe(true);
    return browser.submit(page, { login: person, ...fields });
  }

  test('of the owner does not raise a credential that was stolen before, neither at the same app nor at the sign-in host', async () => {
    const owner = world.browser();
    await signInByPassword(world, owner, world.url('both'), 'ada');
    const thief = world.browser();
    const stolen = owner.cookie('both.localhost', credential);
    thief.setCookie('both.localhost', credential, stolen);
    const sso = owner.cookie('auth.localhost', '__Host-postern-sso');
    thief.setCookie('auth.localhost', '__Host-postern-sso', sso);
    expect((await stepUp(owner, world.url('both', '/guarded'), 'ada')).status).toBe(200);
    expect(owner.cookie('both.localhost', credential)).not.toBe(stolen);
    expect(owner.cookie('auth.localhost', '__Host-postern-sso')).not.toBe(sso);
    world.app.seen.length = 0;
    const page = await thief.open(world.url('both', '/guarded'));
    expect(page.url.startsWith(world.provider.issuer)).toBe(true);
    expect(world.app.seen).toEqual([]);
  });

  test('that the provider ignores is a 403, and no loop', async () => {
    const browser = world.browser();
    await signInByPassword(world, browser, world.url('both'), 'ada');
    world.app.seen.length = 0;
    world.provider.misbehaviour.ignoresStepUp = true;
    try {
      const page = await browser.open(world.url('both', '/guarded'));
      expect(page.status).toBe(403);
      expect(page.body).toContain('step_up_not_met');
      expect(world.app.seen).toEqual([]);
    } finally {
      world.provider.misbehaviour.ignoresStepUp = false;
    }
  });

  test('by another person, or without the factor, raises nobody', async () => {
    const browser = world.browser();
    await signInByPassword(world, browser, world.url('both'), 'ada');
    world.app.seen.length = 0;
    for (const [person, fields] of [
      ['lin', { code: otpCode }],
      ['ada', { code: '000000' }],
      ['ada', { code: '' }],
    ] as const) {
      leaveProvider(browser);
      const page = await stepUp(browser, world.url('both', '/guarded'), person, fields);
      // Refused by us, or asked for again by the provider.
      expect(page.status === 403 || page.url.startsWith(world.provider.issuer)).toBe(true);
    }
    expect(world.app.seen).toEqual([]);
    expect((await browser.send(world.url('both'))).status).toBe(200);
  });

  test('is not asked for when the request would be denied anyway', async () => {
    const browser = world.browser();
    await signInByPassword(world, browser, world.url('dashboard'), 'lin');
    const page = await browser.open(world.url('payroll'));
    expect(page.status).toBe(403);
    expect(page.url).toBe(world.url('payroll', '/'));
  });
});
