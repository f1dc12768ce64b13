import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';

const minute = 60_000;

describe('step-up for payroll', () => {
  let clock: ShiftedClock;
  let world: World;
  beforeAll(async () => {
    clock = shiftClock();
    world = await startWorld({ clock });
  });
  afterAll(() => world?.close());

  test('asks for the second factor and comes back to the exact URL', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada', 'password');
    const url = world.url('payroll', '/payslips/2026?month=%C3%A4&x=1+2');
    const first = await browser.open(url);
    expect(first.url.startsWith(world.provider.issuer)).toBe(true);
    expect(first.body).toContain('name="code"');
    const page = await world.signIn(browser, url, 'ada');
    expect(page.status).toBe(200);
    expect(page.url).toBe(url);
    expect(JSON.parse(page.body).url).toBe('/payslips/2026?month=%C3%A4&x=1+2');
  });

  test('a proof that has grown older than max_age is asked for again, and a fresh one opens the app', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada', 'password');
    await world.signIn(browser, world.url('payroll'), 'ada');
    clock.advance(14 * minute);
    expect((await browser.send(world.url('payroll'))).status).toBe(200);
    clock.advance(2 * minute);
    const asScript = { headers: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' } };
    const problem = await browser.send(world.url('payroll'), asScript);
    expect(problem.status).toBe(401);
    expect(JSON.parse(problem.body)).toMatchObject({
      code: 'reauth_required',
      methods: ['otp'],
      max_age: 900,
      acr_values: ['mfa'],
    });
    expect(problem.headers['www-authenticate']).toContain('insufficient_user_authentication');
    expect(problem.headers['www-authenticate']).toContain('max_age="900"');
    expect((await browser.send(world.url('wiki'))).status).toBe(200);
    const page = await world.signIn(browser, world.url('payroll', '/again'), 'ada');
    expect(page.url).toBe(world.url('payroll', '/again'));
    expect(page.status).toBe(200);
  });

  test('a provider that ignores the wish gives a no with a reason, and no loop', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada', 'password');
    world.provider.misbehaviour.ignoresStepUp = true;
    try {
      const page = await browser.open(world.url('payroll'));
      expect(page.status).toBe(403);
      expect(page.headers['proxy-status'] ?? '').toContain('step_up_not_met');
    } finally {
      world.provider.misbehaviour.ignoresStepUp = false;
    }
  });

  test('the credential from before the step-up is not raised by it', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada', 'password');
    const before = browser.cookie('wiki.localhost', '__Host-postern');
    await world.signIn(browser, world.url('payroll'), 'ada');
    expect(browser.cookie('wiki.localhost', '__Host-postern')).toBe(before);
    const wiki = JSON.parse((await browser.send(world.url('wiki', '/.postern/session'))).body);
    const payroll = JSON.parse((await browser.send(world.url('payroll', '/.postern/session'))).body);
    expect(Object.keys(wiki.proved_at)).toEqual(['password']);
    expect(Object.keys(payroll.proved_at).sort()).toEqual(['otp', 'password']);
  });
});
