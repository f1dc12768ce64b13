import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { askedPath, openStage, otpCode, pageOf, type Stage, ticketOf } from '../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

/** One callback URL, ready to be received by this browser. */
async function callbackFor(browser: ReturnType<Stage['newBrowser']>, login = 'ada'): Promise<string> {
  const url = await stage.begin(browser, `/.postern/login?rt=${await stage.returnTarget()}`);
  return stage.answerProvider(browser, url, { login });
}

function changed(url: string, change: (query: URLSearchParams) => void): string {
  const parsed = new URL(url);
  change(parsed.searchParams);
  return parsed.href;
}

async function expectNobody(status: number): Promise<void> {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(await stage.live()).toEqual([]);
  expect(stage.tickets.size).toBe(0);
}

describe('a callback that is not what it seems', () => {
  test('with one byte of the state changed signs nobody in', async () => {
    const browser = stage.newBrowser();
    const callback = await callbackFor(browser);
    const altered = changed(callback, (query) => {
      const state = query.get('state') ?? '';
      query.set('state', state.slice(0, -1) + (state.endsWith('A') ? 'B' : 'A'));
    });
    await expectNobody((await browser.go(altered)).status);
  });

  test('without a state, with two, or with one of a megabyte signs nobody in', async () => {
    const browser = stage.newBrowser();
    const callback = await callbackFor(browser);
    await expectNobody((await browser.go(changed(callback, (query) => query.delete('state')))).status);
    await expectNobody((await browser.go(`${callback}&state=second`)).status);
    await expectNobody((await browser.go(changed(callback, (query) => query.set('state', 'x'.repeat(10_000))))).status);
  });

  test('twice: the second time leads to the app of the first, with no new ticket', async () => {
    const browser = stage.newBrowser();
    const callback = await callbackFor(browser);
    ticketOf(await browser.go(callback));
    const again = await browser.go(callback);
    expect(again.headers.location).toBe(`https://wiki.corp.example${askedPath}`);
    expect(stage.tickets.size).toBe(1);
    expect(stage.provider.requests.filter((path) => path.startsWith('/token'))).toHaveLength(1);
  });

  test('twice at the same moment: one of them signs in', async () => {
    const browser = stage.newBrowser();
    const callback = await callbackFor(browser);
    const answers = await Promise.all([browser.go(callback), browser.fork().go(callback)]);
    expect(answers.filter(({ headers }) => headers.location?.includes('ticket=') === true)).toHaveLength(1);
    expect(await stage.live()).toHaveLength(1);
  });

  test('of another browser signs nobody in, and the browser that began it still can', async () => {
    const browser = stage.newBrowser();
    const callback = await callbackFor(browser);
    const victim = stage.newBrowser();
    const answer = await victim.go(callback);
    await expectNobody(answer.status);
    expect(pageOf(answer).page).toMatchObject({ problem: 'cookies_missing' });
    expect(answer.setCookies).toEqual([]);
    ticketOf(await browser.go(callback));
  });

  test('of another browser with a cookie of the right name and another secret signs nobody in', async () => {
    const callback = await callbackFor(stage.newBrowser());
    const state = new URL(callback).searchParams.get('state') ?? '';
    const victim = stage.newBrowser();
    const name = `__Host-postern-attempt-${createHash('sha256').update(state).digest('base64url')}`;
    victim.setCookie('auth.localhost', name, `${Date.now().toString(36)}.${'A'.repeat(43)}`);
    const answer = await victim.go(callback);
    await expectNobody(answer.status);
    expect(pageOf(answer).page).toMatchObject({ problem: 'lost' });
  });

  test('with the code of another person in the own attempt signs nobody in', async () => {
    const attacker = stage.newBrowser();
    const stolen = new URL(await callbackFor(stage.newBrowser(), 'bob')).searchParams.get('code') ?? '';
    const own = await callbackFor(attacker);
    const answer = await attacker.go(changed(own, (query) => query.set('code', stolen)));
    await expectNobody(answer.status);
    expect(pageOf(answer).page).toMatchObject({ problem: 'lost' });
  });

  test('with a code that was made without our PKCE challenge signs nobody in', async () => {
    const browser = stage.newBrowser();
    const asked = new URL(await stage.begin(browser));
    asked.searchParams.set('code_challenge', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
    const callback = await stage.answerProvider(browser, asked.href, { login: 'ada' });
    await expectNobody((await browser.go(callback)).status);
  });

  test('with a token for another nonce signs nobody in', async () => {
    const browser = stage.newBrowser();
    const asked = new URL(await stage.begin(browser));
    asked.searchParams.set('nonce', 'another');
    const answer = await browser.go(await stage.answerProvider(browser, asked.href, { login: 'ada' }));
    await expectNobody(answer.status);
    expect(pageOf(answer).page).toMatchObject({ problem: 'refused' });
  });

  test('from another issuer, or from none, signs nobody in', async () => {
    for (const change of [
      (query: URLSearchParams) => query.set('iss', 'https://evil.example'),
      (query: URLSearchParams) => query.delete('iss'),
    ]) {
      const browser = stage.newBrowser();
      await expectNobody((await browser.go(changed(await callbackFor(browser), change))).status);
    }
  });

  test('with a step-up of another browser raises nobody', async () => {
    stage.judge.answer = () => ({
      outcome: 'step_up',
      reason: 'step_up_required',
      need: { methods: ['otp'], maxAgeMs: undefined, notBeforeMs: undefined },
      trace: [],
    });
    const owner = stage.newBrowser();
    await stage.signIn(owner);
    const url = await stage.begin(owner, `/.postern/step-up?rt=${await stage.returnTarget()}`);
    const thief = stage.newBrowser();
    thief.setCookie(
      'auth.localhost',
      '__Host-postern-sso',
      owner.cookies('auth.localhost').get('__Host-postern-sso') ?? '',
    );
    const callback = await stage.answerProvider(owner, url, { login: 'ada', code: otpCode });
    const answer = await thief.go(callback);
    expect(answer.headers.location).toBe(`${stage.authOrigin}/`);
    expect(Object.keys((await stage.live())[0]?.provedAtMs ?? {})).toEqual(['password']);
  });

  test('of nobody, while a session lives, just goes on', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const answer = await browser.go(`${stage.authOrigin}/.postern/callback?state=unknown&code=unknown`);
    expect(answer.headers.location).toBe(`${stage.authOrigin}/`);
  });
});
