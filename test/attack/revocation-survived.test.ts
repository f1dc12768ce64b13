import { afterEach, describe, expect, test } from '@jest/globals';
import type { BrowserAnswer, TestBrowser } from '../support/identity-browser.ts';
import { openStage, pageOf, type Stage } from '../support/identity-stage.ts';

let stage: Stage;
afterEach(() => stage.close());

/** A provider whose tokens never say when the person signed in. */
async function openWithoutAuthTime(isObeyed: boolean): Promise<void> {
  stage = await openStage({ sendsAuthTime: false });
  const reauth = { prompt: 'login', maxAgeMs: 1_000, isObeyed };
  stage.switches.providers = stage.switches.providers.map((provider) => ({ ...provider, reauth }));
}

/** Somebody signs in; their sign-ins are revoked; their browser still has the provider's cookie. */
async function revoked(): Promise<TestBrowser> {
  const browser = stage.newBrowser();
  await stage.signIn(browser);
  await revokeNow();
  return browser;
}

async function revokeNow(): Promise<void> {
  stage.clock.offsetMs += 2_000;
  await stage.sessions.endAllOf({ issuer: stage.provider.issuer, subject: 'ada' }, 'admin');
  stage.clock.offsetMs += 2_000;
}

/** Goes wherever it is sent, and answers no question of the provider: what its cookie alone brings about. */
const byCookieAlone = (browser: TestBrowser): Promise<BrowserAnswer> =>
  browser.follow(`${stage.authOrigin}/.postern/login`, [stage.provider.issuer, stage.authOrigin]);

/** The callback that comes of the question which the provider asks this browser now. */
async function answeredCallback(browser: TestBrowser): Promise<string> {
  const page = await byCookieAlone(browser);
  const posted = await browser.follow(page.url, [stage.provider.issuer], { method: 'POST', body: 'login=ada' });
  return posted.headers.location ?? '';
}

describe('at a provider that does not say when somebody signed in, a revocation', () => {
  test('is not survived by the provider’s cookie, whether it obeys or not', async () => {
    for (const isObeyed of [true, false]) {
      await openWithoutAuthTime(isObeyed);
      const page = await byCookieAlone(await revoked());
      expect(page.url).toContain('/interaction/');
      expect(await stage.live()).toEqual([]);
      if (isObeyed) await stage.close();
    }
  });

  test('is survived by a sign-in that was asked for after it, where the provider is known to ask', async () => {
    await openWithoutAuthTime(true);
    const browser = await revoked();
    expect((await browser.go(await answeredCallback(browser))).status).toBe(303);
    expect(await stage.live()).toHaveLength(1);
  });

  test('is not survived by one that was asked for before it, however late it comes back', async () => {
    await openWithoutAuthTime(true);
    const browser = await revoked();
    const callback = await answeredCallback(browser);
    await revokeNow();
    const answer = await browser.go(callback);
    expect(answer.status).toBe(403);
    expect(pageOf(answer).page).toMatchObject({ kind: 'sign_in_problem', problem: 'refused' });
    expect(await stage.live()).toEqual([]);
  });

  test('is not survived by an answer where it is not known that the provider asks', async () => {
    await openWithoutAuthTime(false);
    const browser = await revoked();
    expect((await browser.go(await answeredCallback(browser))).status).toBe(403);
    expect(await stage.live()).toEqual([]);
  });

  test('has a way back in: it is shown, and forgiven, until the next one', async () => {
    await openWithoutAuthTime(false);
    const browser = await revoked();
    const ada = { issuer: stage.provider.issuer, subject: 'ada' };
    expect(await stage.sessions.revokedAtMs(ada)).toBeDefined();
    expect(await stage.sessions.forgive({ ...ada, issuer: 'https://other.example' })).toBe(false);
    expect(await stage.sessions.forgive(ada)).toBe(true);
    expect(await stage.sessions.forgive(ada)).toBe(false);
    expect(await stage.sessions.revokedAtMs(ada)).toBeUndefined();
    expect((await byCookieAlone(browser)).status).toBe(200);
    expect(await stage.live()).toHaveLength(1);
    await revokeNow();
    expect((await byCookieAlone(browser)).url).toContain('/interaction/');
    expect(await stage.live()).toEqual([]);
  });
});

test('a provider that says when, and says that it was before, is not believed for being called obedient', async () => {
  stage = await openStage();
  const reauth = { prompt: 'login', maxAgeMs: 1_000, isObeyed: true };
  stage.switches.providers = stage.switches.providers.map((provider) => ({ ...provider, reauth }));
  const browser = await revoked();
  stage.provider.misbehaviour.ignoresStepUp = true;
  expect((await byCookieAlone(browser)).status).toBe(403);
  expect(await stage.live()).toEqual([]);
});
