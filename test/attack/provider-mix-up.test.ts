import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestBrowser } from '../support/identity-browser.ts';
import { openStage, pageOf, people, providerSettings, type Stage, ticketOf } from '../support/identity-stage.ts';
import { startProvider, type TestProvider } from '../support/oidc-provider.ts';

let stage: Stage;
let hostile: TestProvider;
beforeEach(async () => {
  stage = await openStage();
  hostile = await startProvider({
    people: people.map((person) => ({ ...person })),
    redirectUris: () => [`${stage.authOrigin}/.postern/callback/partner`],
    postLogoutRedirectUris: () => [],
  });
  stage.switches.providers = [providerSettings('corp', stage.provider), providerSettings('partner', hostile)];
});
afterEach(async () => {
  await hostile.close();
  await stage.close();
});

/**
 * What the hostile provider does with a person who chose it (RFC 9700 4.4.1): it sends them on to the honest one, with the
 * state and the challenge that it was given. They sign in there, as so often, and come back with the honest one's code.
 */
async function mixUp(browser: TestBrowser, cameFrom: string, registeredPath: string): Promise<URL> {
  const asked = new URL(cameFrom);
  const forwarded = new URL('/auth', stage.provider.issuer);
  forwarded.search = asked.search;
  forwarded.searchParams.set('client_id', stage.provider.clientId);
  forwarded.searchParams.set('redirect_uri', `${stage.authOrigin}/.postern/callback${registeredPath}`);
  return new URL(await stage.answerProvider(browser, forwarded.href, { login: 'ada' }));
}

const codesSent = (provider: TestProvider) => provider.requests.filter((path) => path.startsWith('/token'));

describe('a hostile second provider', () => {
  test.each([
    ['by the honest one’s own path', '/corp'],
    ['by the path that both once shared', ''],
  ])('is never sent the code of the honest one, come back %s', async (_way, path) => {
    for (const isIssuerNamed of [true, false]) {
      const victim = stage.newBrowser();
      const callback = await mixUp(victim, await stage.begin(victim, '/.postern/login/partner'), path);
      expect(callback.searchParams.get('code')).toBeTruthy();
      // A provider of before RFC 9207 does not say who it is.
      if (!isIssuerNamed) callback.searchParams.delete('iss');
      const answer = await victim.go(callback.href);
      expect(pageOf(answer).page).toMatchObject({ kind: 'sign_in_problem', problem: 'lost' });
      expect(codesSent(hostile)).toEqual([]);
    }
    expect(await stage.live()).toEqual([]);
  });

  test('that takes over the id of the honest one while a sign-in is under way is not sent its code', async () => {
    stage.switches.providers = [providerSettings('corp', stage.provider)];
    const victim = stage.newBrowser();
    const callback = new URL(await stage.answerProvider(victim, await stage.begin(victim), { login: 'ada' }));
    callback.searchParams.delete('iss');
    stage.switches.providers = [providerSettings('corp', hostile)];
    expect(pageOf(await victim.go(callback.href)).page).toMatchObject({ problem: 'lost' });
    expect(codesSent(hostile)).toEqual([]);
  });

  test('is not believed where the honest one is asked and it answers', async () => {
    const victim = stage.newBrowser();
    const url = await stage.begin(victim, '/.postern/login/corp');
    const callback = new URL(await stage.answerProvider(victim, url, { login: 'ada' }));
    callback.pathname = '/.postern/callback/partner';
    expect(pageOf(await victim.go(callback.href)).page).toMatchObject({ problem: 'lost' });
    expect(codesSent(stage.provider)).toEqual([]);
  });
});

describe('several honest providers', () => {
  test('are each asked with a path of their own, and each signs in', async () => {
    for (const [id, provider] of [['corp', stage.provider] as const, ['partner', hostile] as const]) {
      const person = stage.newBrowser();
      const url = new URL(await stage.begin(person, `/.postern/login/${id}?rt=${await stage.returnTarget()}`));
      expect(url.searchParams.get('redirect_uri')).toBe(`${stage.authOrigin}/.postern/callback/${id}`);
      const answer = await stage.newBrowser().go(`${stage.authOrigin}/.postern/callback/${id}`);
      expect(pageOf(answer).page).toMatchObject({ problem: 'lost' });
      const callback = await person.follow(url.href, [provider.issuer]);
      const posted = await person.follow(callback.url, [provider.issuer], { method: 'POST', body: 'login=ada' });
      ticketOf(await person.go(posted.headers.location ?? ''));
    }
  });

  test('leave a sign-in alone that was begun while there was one', async () => {
    stage.switches.providers = [providerSettings('corp', stage.provider)];
    const person = stage.newBrowser();
    const url = await stage.begin(person, `/.postern/login?rt=${await stage.returnTarget()}`);
    expect(new URL(url).searchParams.get('redirect_uri')).toBe(`${stage.authOrigin}/.postern/callback`);
    stage.switches.providers = [providerSettings('corp', stage.provider), providerSettings('partner', hostile)];
    ticketOf(await person.go(await stage.answerProvider(person, url, { login: 'ada' })));
  });

  test('that promise to say who they are are not believed when they do not', async () => {
    const person = stage.newBrowser();
    const url = await stage.begin(person, '/.postern/login/corp');
    const callback = new URL(await stage.answerProvider(person, url, { login: 'ada' }));
    callback.searchParams.delete('iss');
    expect((await person.go(callback.href)).status).toBeGreaterThanOrEqual(400);
    expect(await stage.live()).toEqual([]);
  });
});
