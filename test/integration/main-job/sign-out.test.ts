import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../../support/world.ts';

describe('sign-out', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test('closes every app, and what was copied from the browser before is worth nothing', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    await browser.open(world.url('dashboard'));
    await world.signIn(browser, world.url('payroll'), 'ada');
    const stolen = browser.cookie('dashboard.localhost', '__Host-postern');

    const question = await browser.open(world.url('wiki', '/.postern/sign-out'));
    expect(question.url).toBe(world.url('auth', '/.postern/sign-out'));
    const page = await browser.submit(question, {});
    expect(page.status).toBe(200);
    for (const host of ['wiki', 'dashboard', 'payroll']) {
      const answer = await browser.send(world.url(host));
      expect([host, answer.status]).toEqual([host, 302]);
      expect(answer.headers.location).toContain(world.url('auth', '/.postern/login'));
    }
    const thief = world.browser();
    thief.setCookie('dashboard.localhost', '__Host-postern', stolen);
    expect((await thief.send(world.url('dashboard'))).status).toBe(302);
  });

  test('a session that the admin ends is refused on its next request, and single sign-on does not bring it back', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'lin');
    const listed = JSON.parse((await world.admin('/api/v1/sessions?user=lin@corp.example')).body);
    expect(listed.total).toBe(1);
    const ended = await world.admin(`/api/v1/sessions/${listed.sessions[0].id}`, { method: 'DELETE' });
    expect(ended.status).toBe(200);
    const script = await browser.send(world.url('wiki'), {
      headers: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    });
    expect(script.status).toBe(401);
    expect(JSON.parse(script.body).code).toBe('session_revoked');
    const page = await browser.open(world.url('wiki'));
    expect(page.url.startsWith(world.provider.issuer)).toBe(true);
    expect(page.status).toBe(200);
  });
});
