import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StepUpNeed } from '../../../src/decision/decision.ts';
import type { Page } from '../../../src/pages/page.ts';
import type { BrowserAnswer, TestBrowser } from '../../support/identity-browser.ts';
import { openStage, otpCode, pageOf, type Stage, ticketOf } from '../../support/identity-stage.ts';

let stage: Stage;
let browser: TestBrowser;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  stage.judge.answer = () => ({ outcome: 'allow', reason: 'granted', grant: undefined, trace: [] });
  browser = stage.newBrowser();
  await stage.signIn(browser);
  need({ methods: ['otp', 'passkey'], maxAgeMs: 300_000, notBeforeMs: undefined });
});

function need(wanted: StepUpNeed): void {
  stage.judge.answer = ({ provedAtMs }) =>
    provedAtMs.otp !== undefined
      ? { outcome: 'allow', reason: 'granted', grant: undefined, trace: [] }
      : { outcome: 'step_up', reason: 'step_up_required', need: wanted, trace: [] };
}

const stepUp = async (rt: string, more = ''): Promise<BrowserAnswer> =>
  browser.go(`${stage.authOrigin}/.postern/step-up?rt=${rt}${more}`);

function stepUpPage(answer: BrowserAnswer): Extract<Page, { readonly kind: 'step_up' }> {
  const { page } = pageOf(answer);
  if (page.kind !== 'step_up') throw new Error(`It is a page of another kind: ${page.kind}`);
  return page;
}

describe('the page before a step-up', () => {
  test('says which app asks, what for, and where it is proved, and sends nobody away by itself', async () => {
    const asked = stage.metricCalls.length;
    const answer = await stepUp(await stage.returnTarget());
    expect(answer.status).toBe(200);
    expect(answer.headers.location).toBeUndefined();
    expect(answer.headers.refresh).toBeUndefined();
    expect(stepUpPage(answer)).toMatchObject({
      app: { name: 'wiki' },
      providerTitle: 'corp account',
      // The provider proves no passkey, so none is asked for.
      methods: ['otp'],
      maxAgeMs: 300_000,
      isUnusual: false,
      signals: [],
    });
    expect(pageOf(answer).context.person?.email).toBe('ada@corp.example');
    expect(stage.metricCalls.slice(asked)).not.toContain('stepUp idp prompted');
  });

  test('goes on to the provider by its Continue, and from there to where the person wanted to go', async () => {
    const { continueUrl } = stepUpPage(await stepUp(await stage.returnTarget()));
    const asked = await browser.go(stage.authOrigin + continueUrl);
    expect(asked.headers.location).toContain(stage.provider.issuer);
    const callback = await stage.answerProvider(browser, asked.headers.location ?? '', { login: 'ada', code: otpCode });
    expect(stage.tickets.get(ticketOf(await browser.go(callback)))?.target.path).toBe('/pages/1?q=a%20b&x=//evil');
  });

  test('is passed by no link but its own: not one of another session, of another target, or made up', async () => {
    const rt = await stage.returnTarget();
    const other = await stage.returnTarget('/other');
    const mine = stepUpPage(await stepUp(rt)).continueUrl;
    const token = new URL(mine, stage.authOrigin).searchParams.get('go') ?? '';
    expect(stepUpPage(await stepUp(other, `&go=${token}`)).app?.name).toBe('wiki');
    expect(stepUpPage(await stepUp(rt, '&go=1')).methods).toEqual(['otp']);
    expect(stepUpPage(await stepUp(rt, '&way=idp')).methods).toEqual(['otp']);
    browser = stage.newBrowser();
    await stage.signIn(browser, 'bob');
    need({ methods: ['otp'], maxAgeMs: undefined, notBeforeMs: undefined });
    expect(stepUpPage(await stepUp(rt, `&go=${token}`)).continueUrl).not.toBe(mine);
  });

  test('keeps the way that was chosen, and takes over nothing else of a link', async () => {
    const rt = await stage.returnTarget();
    const { continueUrl } = stepUpPage(await stepUp(rt, '&way=idp&anyway=//evil.example&next=https://evil.example'));
    const url = new URL(continueUrl, stage.authOrigin);
    expect(url.origin).toBe(stage.authOrigin);
    expect([...url.searchParams.keys()]).toEqual(['rt', 'go', 'way']);
  });

  test('tells of the risk that asks only what the person may know', async () => {
    need({ methods: ['otp'], maxAgeMs: undefined, notBeforeMs: stage.now() });
    expect(stepUpPage(await stepUp(await stage.returnTarget()))).toMatchObject({ isUnusual: true, signals: [] });
  });

  test('is not shown where the provider is away: that is what is said', async () => {
    const rt = await stage.returnTarget();
    stage.provider.misbehaviour.isDead = true;
    await stage.lookUntil('providerSeen corp false');
    const answer = await stepUp(rt);
    expect(answer.status).toBe(503);
    expect(pageOf(answer).page).toMatchObject({
      kind: 'provider_away',
      isSignedIn: true,
      others: [],
      retryUrl: `/.postern/step-up?rt=${rt}`,
      anywayUrl: `/.postern/step-up?rt=${rt}&anyway=1`,
    });
    const { continueUrl } = stepUpPage(await stepUp(rt, '&anyway=1'));
    const asked = await browser.go(stage.authOrigin + continueUrl);
    expect(asked.headers.location).toContain(`${stage.provider.issuer}/auth?`);
    stage.provider.misbehaviour.isDead = false;
    await stage.lookUntil('providerSeen corp true');
  });

  test('is not for clients without pages', async () => {
    const answer = await browser.go(`${stage.authOrigin}/.postern/step-up?rt=${await stage.returnTarget()}`, {
      headers: { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    });
    expect(answer.status).toBe(401);
  });
});

describe('“Not now” on the page before a step-up', () => {
  const cameFrom = '/reading?chapter=2';
  /** A target that needs a proof, reached from a page of the same app. */
  const target = (from: string | undefined) =>
    stage.sessions.saveReturnTarget({
      host: 'wiki.corp.example',
      origin: 'https://wiki.corp.example',
      path: '/editing',
      attemptHash: 'of-the-browser',
      cameFrom: from,
    });
  const opensWithoutProof = (paths: readonly string[]) => {
    const asks = stage.judge.answer;
    stage.judge.answer = (question) =>
      paths.includes(question.path)
        ? { outcome: 'allow', reason: 'granted', grant: undefined, trace: [] }
        : asks(question);
  };
  const portal = async (url: string) => {
    const { page } = pageOf(await browser.go(url));
    if (page.kind !== 'portal') throw new Error(`It is a page of another kind: ${page.kind}`);
    return page;
  };

  test('leads back to the page of the app that led there, where that opens without the proof', async () => {
    opensWithoutProof(['/reading']);
    const { notNowUrl } = stepUpPage(await stepUp(await target(cameFrom)));
    expect(notNowUrl).toBe(`https://wiki.corp.example${cameFrom}`);
  });

  test.each([
    ['asks for a proof itself', '/editing'],
    ['is not known', undefined],
  ])('leads to the portal where that page %s', async (_why, from) => {
    opensWithoutProof(['/reading']);
    const rt = await target(from);
    expect(stepUpPage(await stepUp(rt)).notNowUrl).toBe(`${stage.authOrigin}/?later=${rt}`);
  });

  test('arrives at a portal that names the app and leads back to the same question', async () => {
    const rt = await target(undefined);
    const { postponed } = await portal(stepUpPage(await stepUp(rt)).notNowUrl);
    expect(postponed).toMatchObject({ app: { name: 'wiki' }, confirmUrl: `/.postern/step-up?rt=${rt}` });
    const again = await browser.go(stage.authOrigin + (postponed?.confirmUrl ?? ''));
    expect(stepUpPage(again).notNowUrl).toBe(`${stage.authOrigin}/?later=${rt}`);
  });

  test('says nothing at the portal once the app opens, nor of an app that is closed for another reason', async () => {
    const rt = await target(undefined);
    const url = `${stage.authOrigin}/?later=${rt}`;
    stage.judge.answer = () => ({ outcome: 'allow', reason: 'granted', grant: undefined, trace: [] });
    expect((await portal(url)).postponed).toBeUndefined();
    stage.judge.answer = () => ({ outcome: 'deny', reason: 'not_in_required_group', trace: [] });
    expect((await portal(url)).postponed).toBeUndefined();
  });
});
