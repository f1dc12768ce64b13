import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Decision, StepUpNeed } from '../../../src/decision/decision.ts';
import { createProviderGrants } from '../../../src/identity/refresh/provider-grants.ts';
import { isStepUpSatisfied } from '../../../src/policy/step-up-satisfied.ts';
import type { TestBrowser } from '../../support/identity-browser.ts';
import { askedPath, openStage, otpCode, pageOf, type Stage, ticketOf } from '../../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const otpWithinQuarter: StepUpNeed = { methods: ['otp'], maxAgeMs: 900_000, notBeforeMs: undefined };

/** Asks for a need as the real judge does: until the proofs of the session meet it. */
function need(wanted: StepUpNeed): void {
  stage.judge.answer = ({ provedAtMs, nowMs }): Decision =>
    isStepUpSatisfied(wanted, provedAtMs, nowMs)
      ? { outcome: 'allow', reason: 'granted', grant: undefined, trace: [] }
      : { outcome: 'step_up', reason: 'step_up_required', need: wanted, trace: [] };
}

async function signedIn(): Promise<{ readonly browser: TestBrowser; readonly path: string }> {
  const browser = stage.newBrowser();
  await stage.signIn(browser);
  return { browser, path: `/.postern/step-up?rt=${await stage.returnTarget()}` };
}

describe('stepping up', () => {
  test('asks the provider for an essential acr, comes back to the exact URL, and renews the single sign-on id', async () => {
    need(otpWithinQuarter);
    const { browser, path } = await signedIn();
    const before = browser.cookies('auth.localhost').get('__Host-postern-sso');
    const asked = new URL(await stage.begin(browser, path));
    expect(JSON.parse(asked.searchParams.get('claims') ?? '')).toEqual({
      id_token: { acr: { essential: true, values: ['mfa'] }, auth_time: { essential: true } },
    });
    expect(asked.searchParams.get('acr_values')).toBeNull();
    expect(asked.searchParams.get('max_age')).toBe('900');
    expect(asked.searchParams.get('login_hint')).toBe('ada@corp.example');
    expect(asked.searchParams.get('id_token_hint')).toBeTruthy();
    const answer = await browser.go(await stage.answerProvider(browser, asked.href, { login: 'ada', code: otpCode }));
    const { session, target } = stage.tickets.get(ticketOf(answer)) ?? {};
    expect(target?.path).toBe(askedPath);
    expect(Object.keys(session?.provedAtMs ?? {}).sort()).toEqual(['otp', 'password']);
    expect(browser.cookies('auth.localhost').get('__Host-postern-sso')).not.toBe(before);
    expect(stage.audit.events.map(({ type }) => type)).toEqual(['sign_in', 'step_up']);
    expect(stage.metricCalls).toEqual(expect.arrayContaining(['stepUp idp prompted', 'stepUp idp success']));
  });

  test('leaves the id of before the step-up worthless', async () => {
    need(otpWithinQuarter);
    const { browser, path } = await signedIn();
    const thief = browser.fork();
    const url = await stage.begin(browser, path);
    await browser.go(await stage.answerProvider(browser, url, { login: 'ada', code: otpCode }));
    expect((await thief.go(`${stage.authOrigin}/`)).headers.location).toBe(`${stage.authOrigin}/.postern/login`);
    expect((await browser.go(`${stage.authOrigin}/`)).status).toBe(200);
  });

  test('does not make a password look new that an earlier sign-in had proved', async () => {
    const { browser, path } = await signedIn();
    const [before] = await stage.live();
    need(otpWithinQuarter);
    const url = await stage.begin(browser, path);
    await browser.go(await stage.answerProvider(browser, url, { login: 'ada', code: otpCode }));
    const [after] = await stage.live();
    expect(after?.provedAtMs.password).toBe(before?.provedAtMs.password);
    expect(after?.provedAtMs.otp).toBeDefined();
  });

  test('for an old proof asks for a new sign-in, and takes it', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser, 'ada', undefined, otpCode);
    need({ methods: ['otp'], maxAgeMs: 900_000, notBeforeMs: stage.now() });
    const asked = new URL(await stage.begin(browser, `/.postern/step-up?rt=${await stage.returnTarget()}`));
    expect(asked.searchParams.get('prompt')).toBe('login');
    expect(asked.searchParams.get('max_age')).toBe('1');
    ticketOf(await browser.go(await stage.answerProvider(browser, asked.href, { login: 'ada', code: otpCode })));
  });

  test('asks for what it needs, whatever else its provider is sent', async () => {
    const authorize = { prompt: 'select_account', max_age: '900', login_hint: 'ada@corp.example' };
    const plain = stage.switches.providers;
    const hinted = plain.map((provider) => ({ ...provider, authorize }));
    stage.switches.providers = hinted;
    const browser = stage.newBrowser();
    const first = new URL(await stage.begin(browser, '/.postern/login'));
    expect(first.searchParams.get('prompt')).toBe('select_account');
    expect(first.searchParams.get('login_hint')).toBe('ada@corp.example');
    stage.switches.providers = plain;
    await stage.signIn(browser, 'ada', undefined, otpCode);
    stage.switches.providers = hinted;
    need({ methods: ['otp'], maxAgeMs: 900_000, notBeforeMs: stage.now() });
    const asked = new URL(await stage.begin(browser, `/.postern/step-up?rt=${await stage.returnTarget()}`));
    expect(asked.searchParams.getAll('prompt')).toEqual(['login']);
    expect(asked.searchParams.getAll('max_age')).toEqual(['1']);
    expect(asked.searchParams.get('login_hint')).toBe('ada@corp.example');
    ticketOf(await browser.go(await stage.answerProvider(browser, asked.href, { login: 'ada', code: otpCode })));
  });

  test('is skipped when the session has proved enough already', async () => {
    need(otpWithinQuarter);
    const browser = stage.newBrowser();
    await stage.signIn(browser, 'ada', undefined, otpCode);
    ticketOf(await browser.go(`${stage.authOrigin}/.postern/step-up?rt=${await stage.returnTarget()}`));
  });

  test('never asks for a factor on a request that would be denied anyway', async () => {
    const { browser, path } = await signedIn();
    stage.judge.answer = () => ({ outcome: 'deny', reason: 'not_in_required_group', trace: [] });
    const answer = await browser.go(stage.authOrigin + path);
    expect(answer.headers.location).toBe(`https://wiki.corp.example${askedPath}`);
    expect(stage.judge.questions.at(-1)).toMatchObject({ path: '/pages/1', purpose: 'preview', method: 'GET' });
  });

  test('that a provider ignores is a 403 with a reason, and no redirect', async () => {
    need(otpWithinQuarter);
    const { browser, path } = await signedIn();
    stage.provider.misbehaviour.ignoresStepUp = true;
    const asked = await stage.begin(browser, path);
    const answer = await browser.follow(asked, [stage.provider.issuer, stage.authOrigin]);
    expect(answer.status).toBe(403);
    expect(pageOf(answer).page).toMatchObject({
      kind: 'refusal',
      reason: 'step_up_not_met',
      app: { title: 'The wiki' },
      retryUrl: `https://wiki.corp.example${askedPath}`,
    });
    expect(answer.headers.location).toBeUndefined();
    expect(stage.tickets.size).toBe(0);
    expect(stage.metricCalls).toContain('stepUp idp failed');
    expect(stage.audit.events.at(-1)).toMatchObject({ type: 'step_up', result: 'failure', reason: 'step_up_not_met' });
    expect(Object.keys((await stage.live())[0]?.provedAtMs ?? {})).toEqual(['password']);
  });

  test('that comes back as another person raises nobody', async () => {
    need(otpWithinQuarter);
    const { browser, path } = await signedIn();
    const url = await stage.begin(browser, path);
    stage.provider.misbehaviour.ignoresHints = true;
    const elsewhere = stage.newBrowser();
    const callback = await stage.answerProvider(elsewhere, url, { login: 'bob', code: otpCode });
    const answer = await browser.go(callback);
    expect(answer.status).toBe(403);
    expect(pageOf(answer).page).toMatchObject({ reason: 'step_up_not_met', switchAccountUrl: '/.postern/sign-out' });
    const live = await stage.live();
    expect(live.map(({ person }) => person.subject)).toEqual(['ada']);
    expect(Object.keys(live[0]?.provedAtMs ?? {})).toEqual(['password']);
  });

  test('that the person cancels says so, goes back only when asked, and leaves the session as it was', async () => {
    need(otpWithinQuarter);
    const { browser, path } = await signedIn();
    const before = await stage.live();
    const callback = await stage.answerProvider(browser, await stage.begin(browser, path), { cancel: '1' });
    const answer = await browser.go(callback);
    expect(answer.status).toBe(403);
    expect(pageOf(answer)).toMatchObject({
      page: {
        problem: 'step_up_cancelled',
        app: { title: 'The wiki' },
        continueUrl: `https://wiki.corp.example${askedPath}`,
      },
      context: { person: { email: 'ada@corp.example' } },
    });
    expect(await stage.live()).toEqual(before);
    expect((await browser.go(`${stage.authOrigin}/`)).status).toBe(200);
    expect(stage.metricCalls).toContain('stepUp idp cancelled');
    const again = await stage.answerProvider(browser, await stage.begin(browser, path), {
      login: 'ada',
      code: otpCode,
    });
    ticketOf(await browser.go(again));
  });

  test('that the person cancels in a browser that has lost its session says that they are not signed in', async () => {
    need(otpWithinQuarter);
    const { browser, path } = await signedIn();
    const callback = await stage.answerProvider(browser, await stage.begin(browser, path), { cancel: '1' });
    browser.setCookie('auth.localhost', '__Host-postern-sso', 'of-nobody');
    const answer = await browser.go(callback);
    expect(pageOf(answer)).toMatchObject({ page: { problem: 'cancelled' } });
    expect(pageOf(answer).context.person).toBeUndefined();
  });

  test('that was begun from the device page and cancelled leads back there', async () => {
    const { browser } = await signedIn();
    const asked = await stage.begin(browser, '/.postern/browser/confirm');
    const answer = await browser.go(await stage.answerProvider(browser, asked, { cancel: '1' }));
    expect(pageOf(answer).page).toMatchObject({ problem: 'step_up_cancelled', continueUrl: '/.postern/device' });
  });

  test.each(['unmet_authentication_requirements', 'login_required', 'interaction_required'])(
    'that the provider answers with %s is a 403',
    async (error) => {
      need(otpWithinQuarter);
      const { browser, path } = await signedIn();
      const callback = await stage.answerProvider(browser, await stage.begin(browser, path), { error });
      const answer = await browser.go(callback);
      expect(answer.status).toBe(403);
      expect(pageOf(answer).page).toMatchObject({ kind: 'refusal', reason: 'step_up_not_met' });
    },
  );

  test('that this provider could never prove is refused without asking it', async () => {
    need({ methods: ['passkey'], maxAgeMs: undefined, notBeforeMs: undefined });
    const { browser, path } = await signedIn();
    const asked = stage.provider.requests.length;
    const answer = await browser.go(stage.authOrigin + path);
    expect(answer.status).toBe(403);
    expect(pageOf(answer).page).toMatchObject({ reason: 'step_up_not_met' });
    expect(stage.provider.requests).toHaveLength(asked);
  });

  test('whose session ended meanwhile signs in again', async () => {
    need(otpWithinQuarter);
    const { browser, path } = await signedIn();
    const url = await stage.begin(browser, path);
    const callback = await stage.answerProvider(browser, url, { login: 'ada', code: otpCode });
    const [session] = await stage.live();
    if (session === undefined) throw new Error('no session');
    await stage.sessions.end(session.id, 'admin');
    const answer = await browser.go(callback);
    expect(answer.status).toBe(400);
    expect(pageOf(answer).page).toMatchObject({ problem: 'lost' });
  });

  test('keeps the newest tokens to read claims with, also where it comes to nothing', async () => {
    stage.switches.providers = stage.switches.providers.map((provider) => ({ ...provider, refreshMs: 600_000 }));
    const { browser, path } = await signedIn();
    const [session] = await stage.live();
    if (session === undefined) throw new Error('no session');
    const grants = createProviderGrants(stage.store, stage.now);
    const before = (await grants.find(session.id))?.accessToken;
    need(otpWithinQuarter);
    stage.provider.misbehaviour.ignoresStepUp = true;
    const asked = await stage.begin(browser, path);
    const answer = await browser.follow(asked, [stage.provider.issuer, stage.authOrigin]);
    expect(answer.status).toBe(403);
    const after = (await grants.find(session.id))?.accessToken;
    expect(before).toBeDefined();
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
  });

  test('uses acr_values, and not both, where the claims parameter is not supported', async () => {
    await stage.close();
    stage = await openStage({ supportsClaimsParameter: false });
    need(otpWithinQuarter);
    const { browser, path } = await signedIn();
    const asked = new URL(await stage.begin(browser, path));
    expect(asked.searchParams.get('acr_values')).toBe('mfa');
    expect(asked.searchParams.get('claims')).toBeNull();
    ticketOf(await browser.go(await stage.answerProvider(browser, asked.href, { login: 'ada', code: otpCode })));
  });

  test('cannot loop: when the app keeps sending the browser back, a page ends it', async () => {
    const { browser, path } = await signedIn();
    stage.judge.answer = () => ({ outcome: 'deny', reason: 'risk_too_high', trace: [] });
    let answer = await browser.go(stage.authOrigin + path);
    for (let round = 0; round < 12 && answer.status === 303; round += 1)
      answer = await browser.go(stage.authOrigin + path);
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBeDefined();
  });
});
