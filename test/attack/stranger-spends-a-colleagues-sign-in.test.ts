import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestBrowser } from '../support/identity-browser.ts';
import { openStage, otpCode, type Stage, ticketOf } from '../support/identity-stage.ts';

/** What strangers at one address may begin in a minute. */
const strangersPerMinute = 3;

let stage: Stage;
beforeEach(async () => {
  stage = await openStage({ limits: { attemptsPerMinute: strangersPerMinute, reportsPerMinute: 3 } });
});
afterEach(() => stage.close());

/** Everything that costs a stranger's budget, until nothing is left of it. */
async function flood(): Promise<void> {
  for (let round = 0; round <= strangersPerMinute; round += 1) {
    await stage.newBrowser().go(`${stage.authOrigin}/.postern/login`);
    await stage.newBrowser().go(`${stage.authOrigin}/.postern/callback?state=made-up&code=x`);
  }
  expect((await stage.newBrowser().go(`${stage.authOrigin}/.postern/login`)).status).toBe(429);
  expect((await stage.newBrowser().go(`${stage.authOrigin}/.postern/callback?state=y&code=x`)).status).toBe(429);
}

async function stepUpUrl(browser: TestBrowser): Promise<string> {
  const need = { methods: ['otp'], maxAgeMs: 900_000, notBeforeMs: undefined } as const;
  stage.judge.answer = () => ({ outcome: 'step_up', reason: 'step_up_required', need, trace: [] });
  return stage.begin(browser, `/.postern/step-up?rt=${await stage.returnTarget()}`);
}

describe('a stranger at the same address', () => {
  test('keeps no colleague from coming back from the provider', async () => {
    const colleague = stage.newBrowser();
    const url = await stage.begin(colleague, `/.postern/login?rt=${await stage.returnTarget()}`);
    await flood();
    ticketOf(await colleague.go(await stage.answerProvider(colleague, url, { login: 'ada' })));
  });

  test('keeps no colleague who is signed in from a step-up, there and back', async () => {
    const colleague = stage.newBrowser();
    await stage.signIn(colleague);
    await flood();
    const url = await stepUpUrl(colleague);
    ticketOf(await colleague.go(await stage.answerProvider(colleague, url, { login: 'ada', code: otpCode })));
  });

  test('keeps no browser that has begun a sign-in from beginning another', async () => {
    const colleague = stage.newBrowser();
    await stage.begin(colleague);
    await flood();
    const url = await stage.begin(colleague, `/.postern/login?rt=${await stage.returnTarget()}`);
    ticketOf(await colleague.go(await stage.answerProvider(colleague, url, { login: 'ada' })));
  });

  test('keeps nobody who is signed in from a callback that is late', async () => {
    const colleague = stage.newBrowser();
    await stage.signIn(colleague);
    await flood();
    const late = await colleague.go(`${stage.authOrigin}/.postern/callback?state=of-an-old-tab&code=x`);
    expect(late.status).toBe(303);
  });

  test('who begins without end leaves callbacks alone, and the other way round', async () => {
    for (let round = 0; round <= strangersPerMinute; round += 1) {
      await stage.newBrowser().go(`${stage.authOrigin}/.postern/login`);
    }
    const callback = `${stage.authOrigin}/.postern/callback?state=made-up&code=x`;
    expect((await stage.newBrowser().go(callback)).status).toBe(400);
    stage.switches.address = '192.0.2.8';
    for (let round = 0; round <= strangersPerMinute; round += 1) await stage.newBrowser().go(callback);
    expect((await stage.newBrowser().go(callback)).status).toBe(429);
    expect((await stage.newBrowser().go(`${stage.authOrigin}/.postern/login`)).status).toBe(303);
  });
});

describe('whoever begins sign-ins without end', () => {
  test('is stopped also where it keeps its cookies, and where it makes them up', async () => {
    const keeper = stage.newBrowser();
    const statuses: number[] = [];
    for (let round = 0; round < 20 + strangersPerMinute + 2; round += 1) {
      statuses.push((await keeper.go(`${stage.authOrigin}/.postern/login`)).status);
    }
    expect(statuses.filter((status) => status === 303).length).toBeLessThanOrEqual(20 + strangersPerMinute);
    expect(statuses.at(-1)).toBe(429);
    const forger = stage.newBrowser();
    for (let round = 0; round < 3; round += 1) {
      const name = `__Host-postern-attempt-${String(round).repeat(43)}`;
      forger.setCookie('auth.localhost', name, `${Date.now().toString(36)}.${String(round).repeat(43)}`);
      expect((await forger.go(`${stage.authOrigin}/.postern/login`)).status).toBe(429);
    }
  });
});
