import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { leaveProvider, signOut } from '../support/attack-sign-in.ts';
import { startWorld, type World } from '../support/world.ts';

const credential = '__Host-postern';
const attempt = '__Host-postern-attempt';
const host = 'wiki.localhost';

describe('cookies that somebody planted at an app', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test('a made-up credential is not taken over by the sign-in', async () => {
    const victim = world.browser();
    const planted = 'A'.repeat(43);
    victim.setCookie(host, credential, planted);
    await world.signIn(victim, world.url('wiki'), 'ada');
    expect(victim.cookie(host, credential)).not.toBe(planted);
    const attacker = world.browser();
    attacker.setCookie(host, credential, planted);
    expect((await attacker.send(world.url('wiki'))).status).toBe(302);
  });

  test("the attacker's own live credential is dead after the victim's sign-in, and never the victim's", async () => {
    const attacker = world.browser();
    await world.signIn(attacker, world.url('wiki'), 'lin');
    const planted = attacker.cookie(host, credential) ?? '';
    const victim = world.browser();
    victim.setCookie(host, credential, planted);
    victim.setCookie(host, attempt, undefined);
    // The victim sees the attacker's page until the session is left; a step through the sign-in host replaces it.
    const start = await world.browser().send(world.url('wiki'));
    victim.setCookie(host, attempt, /__Host-postern-attempt=([^;]+)/.exec(String(start.headers['set-cookie']))?.[1]);
    const page = await world.signIn(victim, start.headers.location ?? '', 'ada');
    expect(JSON.parse(page.body).headers['x-postern-user']).toBe('ada');
    expect(victim.cookie(host, credential)).not.toBe(planted);
    expect((await attacker.send(world.url('wiki'))).status).toBe(302);
  });

  test('an attempt that was planted does not make the ticket worth anything to who planted it', async () => {
    const attacker = world.browser();
    const begun = await attacker.send(world.url('wiki'));
    const planted = attacker.cookie(host, attempt) ?? '';
    const victim = world.browser();
    victim.setCookie(host, attempt, planted);
    const page = await world.signIn(victim, begun.headers.location ?? '', 'ada');
    // Both know the attempt, and still the ticket went to one of them, once.
    expect(page.status).toBe(200);
    const jar = [...attacker.cookiesOf(host).keys()];
    expect(jar).toEqual([attempt]);
    expect((await attacker.send(world.url('wiki'))).status).toBe(302);
  });

  test('a ticket of one browser signs nobody else in, also not by a link', async () => {
    const attacker = world.browser();
    await world.signIn(attacker, world.url('dashboard'), 'lin');
    const begun = await attacker.send(world.url('wiki'));
    const handed = await attacker.send(begun.headers.location ?? '');
    const link = handed.headers.location ?? '';
    expect(link).toContain('/.postern/accept?ticket=');
    const victim = world.browser();
    expect((await victim.send(link)).status).toBeGreaterThanOrEqual(400);
    expect(victim.cookie(host, credential)).toBeUndefined();
    const signedIn = world.browser();
    await world.signIn(signedIn, world.url('wiki'), 'ada');
    const before = signedIn.cookie(host, credential);
    expect((await signedIn.send(link)).status).toBeGreaterThanOrEqual(400);
    expect(signedIn.cookie(host, credential)).toBe(before);
    expect((await attacker.send(link)).status).toBeGreaterThanOrEqual(400);
  });

  test('a return target of the attacker takes no ticket of the victim', async () => {
    const attacker = world.browser();
    const begun = await attacker.send(world.url('wiki', '/theirs'));
    const victim = world.browser();
    await world.signIn(victim, world.url('wiki'), 'ada');
    const handed = await victim.send(begun.headers.location ?? '');
    const link = handed.headers.location ?? '';
    expect((await victim.send(link)).status).toBeGreaterThanOrEqual(400);
    expect((await attacker.send(link)).status).toBeGreaterThanOrEqual(400);
    expect(attacker.cookie(host, credential)).toBeUndefined();
  });

  test('an app that sets or shadows our cookies changes nothing', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    const mine = browser.cookie(host, credential) ?? '';
    world.app.answer = (_request, response) => {
      response.setHeader('set-cookie', [
        `${credential}=${'B'.repeat(43)}; Path=/; Secure`,
        `__host-postern=${'B'.repeat(43)}; Path=/; Secure`,
        ` ${attempt}=x; Path=/; Secure`,
        `=${credential}=x; Path=/`,
        'theirs=1',
      ]);
      response.end('ok');
    };
    const answer = await browser.send(world.url('wiki'));
    world.app.answer = undefined;
    expect(answer.headers['set-cookie']).toEqual(['theirs=1']);
    expect(browser.cookie(host, credential)).toBe(mine);
    // A subdomain can shadow an ordinary cookie; one of ours sent twice with two values counts as none.
    const cookie = `${credential}=${'B'.repeat(43)}; ${credential}=${mine}`;
    expect((await browser.send(world.url('wiki'), { headers: { cookie } })).status).toBe(302);
  });

  test('signing in as another person leaves nothing of the first', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    const first = browser.cookie(host, credential) ?? '';
    const waiting = world.browser();
    for (const [name, value] of browser.cookiesOf('auth.localhost')) waiting.setCookie('auth.localhost', name, value);
    await signOut(world, browser);
    leaveProvider(browser);
    await world.signIn(browser, world.url('auth', '/.postern/login/corp'), 'lin');
    expect(JSON.parse((await browser.open(world.url('wiki'))).body).headers['x-postern-user']).toBe('lin');
    const thief = world.browser();
    thief.setCookie(host, credential, first);
    expect((await thief.send(world.url('wiki'))).status).toBe(302);
    expect((await waiting.send(world.url('auth'))).headers.location).toContain('/.postern/login');
  });
});
