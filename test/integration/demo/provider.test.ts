import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { type DemoProvider, startProvider } from '../../../deploy/demo/provider.ts';
import { firstFactorAcr, secondFactorAcr } from '../../../deploy/demo/provider-interaction.ts';
import { type ClientAnswer, type CookieClient, createCookieClient } from '../../support/demo-cookie-client.ts';

const callback = 'http://auth.localhost:4180/.postern/callback';
const signedOut = 'http://auth.localhost:4180/.postern/signed-out';

let provider: DemoProvider;
let client: oidc.Configuration;

beforeAll(async () => {
  const secret = 'a-secret-of-the-test';
  provider = await startProvider(
    { id: 'postern', secret, redirectUris: [callback], postLogoutRedirectUris: [signedOut] },
    0,
  );
  client = await oidc.discovery(new URL(provider.issuer), 'postern', secret, undefined, {
    execute: [oidc.allowInsecureRequests],
  });
});

afterAll(() => provider.close());

async function startSignIn(browser: CookieClient, wish: Readonly<Record<string, string>> = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const expectedNonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: callback,
    scope: 'openid profile email groups',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...wish,
  });
  const page = await browser.get(url.href);
  const maxAge = wish['max_age'] === undefined ? {} : { maxAge: Number(wish['max_age']) };
  const exchange = async (answer: ClientAnswer) => {
    const tokens = await oidc.authorizationCodeGrant(client, new URL(answer.url), {
      pkceCodeVerifier,
      expectedState,
      expectedNonce,
      ...maxAge,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('The provider sent no id token.');
    return { claims, idToken: tokens.id_token ?? '' };
  };
  return { page, exchange };
}

const actionOf = (page: ClientAnswer) => new URL(/action="([^"]+)"/.exec(page.text)?.[1] ?? '', page.url).href;
const codeOf = (page: ClientAnswer) => /id="shown-code">(\d+)</.exec(page.text)?.[1] ?? '';
const essential = JSON.stringify({ id_token: { acr: { essential: true, values: [secondFactorAcr] } } });

async function signIn(browser: CookieClient, login: string, wish: Readonly<Record<string, string>> = {}) {
  const { page, exchange } = await startSignIn(browser, wish);
  return exchange(await browser.post(actionOf(page), { login }));
}

describe('the provider of the demo', () => {
  test('signs somebody in by a form field called login, and says who they are', async () => {
    const { claims } = await signIn(createCookieClient(callback), 'ada');
    expect(claims).toMatchObject({
      sub: 'ada',
      name: 'Ada Okafor',
      email: 'ada@corp.example',
      email_verified: true,
      groups: ['engineering', 'finance'],
      amr: ['pwd'],
      acr: firstFactorAcr,
    });
  });

  test('asks nothing a second time, and asks again for prompt=login and for an old sign-in', async () => {
    const browser = createCookieClient(callback);
    await signIn(browser, 'lin');
    const silent = await startSignIn(browser);
    expect((await silent.exchange(silent.page)).claims.sub).toBe('lin');
    const askedAt = Math.floor(Date.now() / 1000);
    const again = await startSignIn(browser, { prompt: 'login', max_age: '0' });
    expect(again.page.text).toContain('Lin Castellanos (signed in)');
    const answer = await browser.post(actionOf(again.page), { login: 'lin' });
    expect((await again.exchange(answer)).claims.auth_time).toBeGreaterThanOrEqual(askedAt);
  });

  test.each([
    ['the claims parameter', { claims: essential }],
    ['acr_values', { acr_values: secondFactorAcr }],
  ])('asks for a second factor when %s does, shows its code, and says so in acr and amr', async (_by, wish) => {
    const browser = createCookieClient(callback);
    await signIn(browser, 'ada');
    const { page, exchange } = await startSignIn(browser, { ...wish, max_age: '900' });
    const wrong = await browser.post(actionOf(page), { code: '000' });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('That was another code.');
    const { claims } = await exchange(await browser.post(actionOf(page), { code: codeOf(page) }));
    expect(claims).toMatchObject({ sub: 'ada', acr: secondFactorAcr, amr: ['pwd', 'otp'] });
    const later = await startSignIn(browser, wish);
    expect((await later.exchange(later.page)).claims.amr).toEqual(['pwd', 'otp']);
  });

  test('asks for both, one after the other, when a fresh second factor is wanted', async () => {
    const browser = createCookieClient(callback);
    await signIn(browser, 'ada', {});
    const { page, exchange } = await startSignIn(browser, { claims: essential, prompt: 'login', max_age: '0' });
    const second = await browser.post(actionOf(page), { login: 'ada' });
    expect(second.text).toContain('second factor');
    const { claims } = await exchange(await browser.post(actionOf(second), { code: codeOf(second) }));
    expect(claims.amr).toEqual(['pwd', 'otp']);
  });

  test('answers access_denied when the person cancels', async () => {
    const browser = createCookieClient(callback);
    await signIn(browser, 'ada');
    const { page } = await startSignIn(browser, { claims: essential });
    const answer = await browser.post(actionOf(page), { cancel: 'yes' });
    expect(new URL(answer.url).searchParams.get('error')).toBe('access_denied');
  });

  test('does not know everybody, and says so on the same page', async () => {
    const browser = createCookieClient(callback);
    const { page } = await startSignIn(browser);
    const answer = await browser.post(actionOf(page), { login: 'mallory' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Nobody has that name.');
  });

  test('answers a sign-in that it does not know with a page, not with a stack trace', async () => {
    const answer = await createCookieClient(callback).get(`${provider.issuer}/interaction/nobody`);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('This sign-in is over');
    expect(answer.text).not.toContain('at ');
  });

  test('signs out, goes back to Postern, and asks again at the next sign-in', async () => {
    const browser = createCookieClient('http://auth.localhost:4180/');
    const { idToken } = await signIn(browser, 'noor');
    const url = oidc.buildEndSessionUrl(client, { id_token_hint: idToken, post_logout_redirect_uri: signedOut });
    const page = await browser.get(url.href);
    expect(page.text).toContain('Yes, sign me out');
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    expect((await browser.post(actionOf(page), { xsrf, logout: 'yes' })).url).toBe(signedOut);
    const next = await startSignIn(browser);
    expect(next.page.text).toContain('Who are you today?');
  });
});
