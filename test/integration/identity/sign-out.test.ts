import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestBrowser } from '../../support/identity-browser.ts';
import { attemptSecret, openStage, pageOf, type Stage, ticketOf } from '../../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

async function tokenOf(browser: TestBrowser): Promise<string> {
  const { page } = pageOf(await browser.go(`${stage.authOrigin}/.postern/sign-out`));
  if (page.kind !== 'sign_out_confirm') throw new Error(`Not the confirmation: ${page.kind}`);
  return page.signOutToken;
}

function postSignOut(browser: TestBrowser, token: string, headers: Readonly<Record<string, string>> = {}) {
  return browser.go(`${stage.authOrigin}/.postern/sign-out`, { method: 'POST', body: `token=${token}`, headers });
}

describe('signing out', () => {
  test('ends the session and every credential, then leads to the provider and back', async () => {
    const browser = stage.newBrowser();
    const ticket = ticketOf(await stage.signIn(browser, 'ada', await stage.returnTarget()));
    const redeemed = await stage.sessions.redeemTicket(ticket, 'wiki.corp.example', attemptSecret);
    if (redeemed.outcome !== 'redeemed') throw new Error('not redeemed');
    const answer = await postSignOut(browser, await tokenOf(browser), { 'sec-fetch-site': 'same-origin' });
    expect(answer.status).toBe(200);
    expect(await stage.live()).toEqual([]);
    expect(stage.ended).toEqual(['logout']);
    await stage.sessions.freshen();
    expect(await stage.sessions.findByCredential(redeemed.credential, 'wiki.corp.example', stage.now())).toEqual({
      found: 'ended',
      cause: 'logout',
    });
    expect(browser.cookies('auth.localhost').has('__Host-postern-sso')).toBe(false);
    const refresh = /^0; url=(.+)$/.exec(String(answer.headers['refresh']))?.[1] ?? '';
    const atProvider = new URL(refresh);
    expect(atProvider.origin).toBe(stage.provider.issuer);
    expect(atProvider.searchParams.get('id_token_hint')).toBeTruthy();
    expect(atProvider.searchParams.get('client_id')).toBe('postern');
    expect(atProvider.searchParams.get('post_logout_redirect_uri')).toBe(`${stage.authOrigin}/.postern/signed-out`);
    const confirm = await browser.go(refresh);
    expect(confirm.status).toBe(200);
    const state = atProvider.searchParams.get('state');
    const back = await browser.go(`${stage.authOrigin}/.postern/signed-out?state=${state}`);
    expect(pageOf(back).page).toEqual({ kind: 'signed_out', signInUrl: '/.postern/login' });
    expect(stage.audit.events.at(-1)).toMatchObject({ type: 'sign_out', result: 'success' });
  });

  test('offers the choice at the next sign-in in place of signing in again by itself', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    await postSignOut(browser, await tokenOf(browser));
    const next = await browser.go(`${stage.authOrigin}/.postern/login`);
    expect(pageOf(next).page).toMatchObject({ kind: 'sign_in_choice' });
    const chosen = await browser.go(`${stage.authOrigin}/.postern/login/corp`);
    expect(chosen.headers.location).toContain(stage.provider.issuer);
    const after = await browser.go(`${stage.authOrigin}/.postern/login`);
    expect(after.headers.location).toContain(stage.provider.issuer);
  });

  test('without having come back from the provider says what is left', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    await postSignOut(browser, await tokenOf(browser));
    const { page } = pageOf(await browser.go(`${stage.authOrigin}/.postern/signed-out?state=made-up`));
    expect(page).toMatchObject({ kind: 'signed_out', providerTitle: 'corp account' });
  });

  test.each([
    ['no token', '', {}],
    ['another token', 'x'.repeat(43), {}],
  ])('with %s asks again and signs nobody out', async (_what, token, headers) => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const answer = await postSignOut(browser, token, headers);
    expect(answer.status).toBe(403);
    expect(await stage.live()).toHaveLength(1);
  });

  test('from another site is refused, even with the token', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const answer = await postSignOut(browser, await tokenOf(browser), { 'sec-fetch-site': 'cross-site' });
    expect(answer.status).toBe(403);
    expect(await stage.live()).toHaveLength(1);
  });

  test('by a link alone never happens', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    await browser.go(`${stage.authOrigin}/.postern/sign-out`);
    expect(await stage.live()).toHaveLength(1);
  });

  test('when nobody is signed in just says so', async () => {
    const answer = await postSignOut(stage.newBrowser(), '');
    expect(answer.headers.location).toBe(`${stage.authOrigin}/.postern/signed-out`);
  });

  test('works while the provider is away', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const token = await tokenOf(browser);
    stage.provider.misbehaviour.isDead = true;
    const [corp] = stage.switches.providers;
    if (corp === undefined) throw new Error('no provider');
    stage.switches.providers = [{ ...corp, clientId: 'not-yet-discovered' }];
    const answer = await postSignOut(browser, token);
    expect(answer.headers.location).toBe(`${stage.authOrigin}/.postern/signed-out`);
    expect(await stage.live()).toEqual([]);
  });
});
