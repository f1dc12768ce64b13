import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { askedPath, openStage, pageOf, type Stage, ticketOf } from '../../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

describe('signing in', () => {
  test('leads from the app by the one provider to a ticket for exactly that app', async () => {
    const browser = stage.newBrowser();
    const answer = await stage.signIn(browser, 'ada', await stage.returnTarget());
    expect(answer.status).toBe(303);
    const { session, target } = stage.tickets.get(ticketOf(answer)) ?? {};
    expect(target?.path).toBe(askedPath);
    expect(session?.person).toMatchObject({
      providerId: 'corp',
      issuer: stage.provider.issuer,
      subject: 'ada',
      email: 'ada@corp.example',
      isEmailVerified: true,
      groups: ['finance'],
      source: 'idp:corp',
    });
    expect(Object.keys(session?.provedAtMs ?? {})).toEqual(['password']);
    expect(stage.audit.events.map(({ type }) => type)).toEqual(['sign_in']);
    expect(stage.metricCalls).toEqual(expect.arrayContaining(['signIn corp started', 'signIn corp success']));
  });

  test('leads to the portal when no app was asked for', async () => {
    const browser = stage.newBrowser();
    const answer = await stage.signIn(browser);
    expect(answer.headers.location).toBe(`${stage.authOrigin}/`);
    expect(pageOf(await browser.go(`${stage.authOrigin}/`)).page).toMatchObject({
      kind: 'portal',
      tiles: [{ name: 'wiki', state: 'ready', url: 'https://wiki.corp.example/' }],
    });
  });

  test('is not needed again while single sign-on lives', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const answer = await browser.go(`${stage.authOrigin}/.postern/login?rt=${await stage.returnTarget()}`);
    ticketOf(answer);
    expect(await stage.live()).toHaveLength(1);
  });

  test('offers the choice where there are several providers', async () => {
    const [corp] = stage.switches.providers;
    if (corp === undefined) throw new Error('no provider');
    stage.switches.providers = [corp, { ...corp, id: 'partner', title: 'Partner account' }];
    const browser = stage.newBrowser();
    const rt = await stage.returnTarget();
    const { page } = pageOf(await browser.go(`${stage.authOrigin}/.postern/login?rt=${rt}`));
    expect(page).toMatchObject({
      kind: 'sign_in_choice',
      app: { title: 'The wiki' },
      providers: [
        { title: 'corp account', url: `/.postern/login/corp?rt=${rt}` },
        { title: 'Partner account', url: `/.postern/login/partner?rt=${rt}` },
      ],
    });
    expect((await browser.go(`${stage.authOrigin}/.postern/login/nobody`)).status).toBe(404);
  });

  test('in two tabs at once succeeds in both, in one session', async () => {
    const browser = stage.newBrowser();
    const [first, second] = await Promise.all([
      stage.begin(browser, `/.postern/login?rt=${await stage.returnTarget('/one')}`),
      stage.begin(browser, `/.postern/login?rt=${await stage.returnTarget('/two')}`),
    ]);
    const firstCallback = await stage.answerProvider(browser, first ?? '', { login: 'ada' });
    const secondCallback = await stage.answerProvider(browser, second ?? '', { login: 'ada' });
    const one = ticketOf(await browser.go(firstCallback));
    const two = ticketOf(await browser.go(secondCallback));
    expect(stage.tickets.get(one)?.target.path).toBe('/one');
    expect(stage.tickets.get(two)?.target.path).toBe('/two');
    expect((await stage.live()).map(({ id }) => id)).toEqual([stage.tickets.get(one)?.session.id]);
  });

  test('in tabs that a browser restores together, whose callbacks come at once, ends in one session too', async () => {
    const browser = stage.newBrowser();
    const callbacks: string[] = [];
    for (const path of ['/one', '/two', '/three']) {
      const url = await stage.begin(browser, `/.postern/login?rt=${await stage.returnTarget(path)}`);
      callbacks.push(await stage.answerProvider(browser, url, { login: 'ada' }));
    }
    const answers = await Promise.all(callbacks.map((callback) => browser.go(callback)));
    const sessions = answers.map((answer) => stage.tickets.get(ticketOf(answer))?.session.id);
    expect(new Set(sessions).size).toBe(1);
    expect(await stage.live()).toHaveLength(1);
  });

  test('remembers at most five attempts of a browser and drops the oldest', async () => {
    const browser = stage.newBrowser();
    const urls: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      stage.clock.offsetMs += 10;
      urls.push(await stage.begin(browser));
    }
    const names = [...browser.cookies('auth.localhost').keys()].filter((name) => name.includes('-attempt-'));
    expect(names).toHaveLength(5);
    expect(await stage.store.list('sign_in_attempt')).toHaveLength(5);
    const oldest = await browser.go(await stage.answerProvider(browser, urls[0] ?? '', { login: 'ada' }));
    expect(pageOf(oldest).page).toMatchObject({ kind: 'sign_in_problem', problem: 'lost' });
    const newest = await browser.go(await stage.answerProvider(browser, urls[6] ?? '', { login: 'ada' }));
    expect(newest.headers.location).toBe(`${stage.authOrigin}/`);
  });

  test('that takes longer than ten minutes is lost and says so with one way on', async () => {
    const browser = stage.newBrowser();
    const url = await stage.begin(browser, `/.postern/login?rt=${await stage.returnTarget()}`);
    const callback = await stage.answerProvider(browser, url, { login: 'ada' });
    stage.clock.offsetMs += 600_001;
    const answer = await browser.go(callback);
    expect(answer.status).toBe(400);
    expect(pageOf(answer).page).toMatchObject({ problem: 'lost', continueUrl: '/.postern/login' });
    expect(answer.headers.location).toBeUndefined();
  });

  test('that is cancelled at the provider says so', async () => {
    const browser = stage.newBrowser();
    const rt = await stage.returnTarget();
    const callback = await stage.answerProvider(browser, await stage.begin(browser, `/.postern/login?rt=${rt}`), {
      cancel: '1',
    });
    const answer = await browser.go(callback);
    expect(answer.status).toBe(403);
    expect(pageOf(answer).page).toMatchObject({ problem: 'cancelled', continueUrl: `/.postern/login?rt=${rt}` });
    expect(stage.metricCalls).toContain('signIn corp cancelled');
    expect(await stage.live()).toHaveLength(0);
  });

  test('as another person ends the first session and gives the browser another id', async () => {
    const browser = stage.newBrowser();
    const late = await stage.begin(browser);
    await stage.signIn(browser, 'ada');
    const before = browser.cookies('auth.localhost').get('__Host-postern-sso');
    const atProvider = stage.newBrowser();
    const callback = await stage.answerProvider(atProvider, late, { login: 'bob' });
    await browser.go(callback);
    expect((await stage.live()).map(({ person }) => person.subject)).toEqual(['bob']);
    expect(stage.ended).toEqual(['logout']);
    expect(browser.cookies('auth.localhost').get('__Host-postern-sso')).not.toBe(before);
  });

  test('after a revocation asks the provider once for a new sign-in', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const [session] = await stage.live();
    if (session === undefined) throw new Error('no session');
    await stage.sessions.end(session.id, 'admin');
    const silent = await browser.follow(await stage.begin(browser), [stage.provider.issuer]);
    const repeated = await browser.go(silent.headers.location ?? '');
    expect(repeated.headers.location).toContain('prompt=login');
    expect(repeated.headers.location).toContain('max_age=1');
    const callback = await stage.answerProvider(browser, repeated.headers.location ?? '', { login: 'ada' });
    expect((await browser.go(callback)).headers.location).toBe(`${stage.authOrigin}/`);
    expect(await stage.live()).toHaveLength(1);
  });

  test('after a revocation at a provider that does not ask anew is refused, with no third time', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const [session] = await stage.live();
    if (session === undefined) throw new Error('no session');
    stage.clock.offsetMs += 5_000;
    await stage.sessions.end(session.id, 'admin');
    stage.provider.misbehaviour.ignoresStepUp = true;
    const origins = [stage.provider.issuer, stage.authOrigin];
    const answer = await browser.follow(`${stage.authOrigin}/.postern/login`, origins);
    expect(answer.status).toBe(403);
    expect(pageOf(answer).page).toMatchObject({ kind: 'sign_in_problem', problem: 'refused' });
    expect(await stage.live()).toHaveLength(0);
  });
});

describe('a provider that is away', () => {
  test('is a 503 page that says so, while sessions that exist go on', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const url = await stage.begin(stage.newBrowser());
    expect(url).toContain('/auth?');
    stage.provider.misbehaviour.isDead = true;
    const away = { ...stage.switches.providers[0], id: 'corp', clientId: 'another' } as never;
    stage.switches.providers = [away];
    const other = stage.newBrowser();
    const answer = await other.go(`${stage.authOrigin}/.postern/login`);
    expect(answer.status).toBe(503);
    expect(pageOf(answer).page).toMatchObject({ kind: 'provider_away', retryUrl: '/.postern/login' });
    expect(answer.setCookies).toEqual([]);
    stage.provider.misbehaviour.isDead = false;
    expect(await stage.begin(other)).toContain(stage.provider.issuer);
    ticketOf(await browser.go(`${stage.authOrigin}/.postern/login?rt=${await stage.returnTarget()}`));
  });

  test('at the token endpoint is a 503 page too', async () => {
    const browser = stage.newBrowser();
    const callback = await stage.answerProvider(browser, await stage.begin(browser), { login: 'ada' });
    stage.provider.misbehaviour.failsOn = '/token';
    const answer = await browser.go(callback);
    expect(answer.status).toBe(503);
    expect(pageOf(answer).page).toMatchObject({ kind: 'provider_away', providerTitle: 'corp account' });
    expect(stage.metricCalls).toContain('providerCalled corp token error');
  });
});

describe('what is written down', () => {
  test('holds no code, state, token or cookie', async () => {
    const browser = stage.newBrowser();
    const url = await stage.begin(browser, `/.postern/login?rt=${await stage.returnTarget()}`);
    const callback = await stage.answerProvider(browser, url, { login: 'ada' });
    await browser.go(callback.replace(/code=[^&]+/, 'code=altered'));
    await stage.signIn(browser, 'ada');
    const secrets = [
      ...new URL(url).searchParams.values(),
      ...new URL(callback).searchParams.values(),
      ...(await stage.live()).map(({ idToken }) => idToken),
      ...browser.cookies('auth.localhost').values(),
    ].filter((secret) => secret.length >= 20 && !secret.startsWith('http') && !secret.startsWith('{'));
    const written = JSON.stringify([stage.logLines, stage.audit.events, stage.metricCalls]);
    expect(secrets.length).toBeGreaterThan(5);
    expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
    expect(stage.logLines.length).toBeGreaterThan(0);
  });

  test('is written before the answer: an audit trail that refuses leaves no session', async () => {
    const browser = stage.newBrowser();
    stage.audit.isFailing = true;
    const answer = await stage.signIn(browser);
    expect(answer.status).toBe(503);
    expect(pageOf(answer).page).toMatchObject({ kind: 'refusal', reason: 'audit_unavailable' });
    expect(await stage.live()).toHaveLength(0);
  });
});
