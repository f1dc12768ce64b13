import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Decision, StepUpNeed } from '../../src/decision/decision.ts';
import { isStepUpSatisfied } from '../../src/policy/step-up-satisfied.ts';
import type { ProofTimes } from '../../src/sessions/session.ts';
import type { BrowserAnswer, TestBrowser } from '../support/identity-browser.ts';
import { openStage, otpCode, type Stage, ticketOf } from '../support/identity-stage.ts';

let stage: Stage;
let owner: TestBrowser;
let thief: TestBrowser;
let plundered = 0;

beforeEach(async () => {
  stage = await openStage();
  owner = stage.newBrowser();
  await stage.signIn(owner);
  thief = owner.fork();
  const need: StepUpNeed = { methods: ['otp'], maxAgeMs: 900_000, notBeforeMs: undefined };
  stage.judge.answer = ({ provedAtMs, nowMs }): Decision =>
    isStepUpSatisfied(need, provedAtMs, nowMs)
      ? { outcome: 'allow', reason: 'granted', grant: undefined, trace: [] }
      : { outcome: 'step_up', reason: 'step_up_required', need, trace: [] };
});
afterEach(() => stage.close());

/** The owner's way to the provider and back, up to the callback that was not yet asked for. */
async function provedCallback(browser: TestBrowser): Promise<string> {
  const url = await stage.begin(browser, `/.postern/step-up?rt=${await stage.returnTarget()}`);
  return stage.answerProvider(browser, url, { login: 'ada', code: otpCode });
}

/** What a ticket that this answer leads to would open; `undefined`: none. */
function openedBy(answer: BrowserAnswer): ProofTimes | undefined {
  const ticket = /accept\?ticket=([\w-]+)$/.exec(answer.headers.location ?? '')?.[1];
  return ticket === undefined ? undefined : stage.tickets.get(ticket)?.session.provedAtMs;
}

/** Everything that a copied cookie can ask for, with what it brought. A page of its own each time: hand-overs are counted. */
async function plunder(): Promise<readonly (ProofTimes | undefined)[]> {
  plundered += 1;
  const rt = await stage.returnTarget(`/pages/${plundered}`);
  const answers: BrowserAnswer[] = [];
  for (const path of [`/.postern/login?rt=${rt}`, `/.postern/login/corp?rt=${rt}`, `/.postern/step-up?rt=${rt}`]) {
    answers.push(await thief.fork().go(stage.authOrigin + path));
  }
  return answers.map(openedBy);
}

describe('a copied single sign-on cookie', () => {
  test('gets nothing of its owner’s step-up, at whichever moment of it the disk is slow', async () => {
    const rt = await stage.returnTarget('/of-the-owner');
    const moments: string[] = [];
    const plunderAt = async (operation: string, kind: unknown): Promise<void> => {
      stage.outage.answersAfter = undefined;
      moments.push(`${operation} ${typeof kind === 'string' ? kind : ''}`.trim());
      for (const opened of await plunder()) expect(opened?.otp).toBeUndefined();
      stage.outage.answersAfter = plunderAt;
    };
    const { recordDurably } = stage.audit;
    stage.audit.recordDurably = async (event) => {
      await recordDurably(event);
      if (event.type === 'step_up') await plunderAt('audit', event.type);
    };
    const callback = await provedCallback(owner);
    stage.outage.answersAfter = plunderAt;
    const answer = await owner.go(callback);
    stage.outage.answersAfter = undefined;
    expect(openedBy(answer)?.otp).toBeDefined();
    expect(moments).toEqual(expect.arrayContaining(['writeAll', 'audit step_up']));
    expect(await plunder()).toEqual([undefined, undefined, undefined]);
    expect(openedBy(await owner.go(`${stage.authOrigin}/.postern/login?rt=${rt}`))?.otp).toBeDefined();
  });

  test.each(['login', 'step-up'])(
    'that was read a moment before the step-up is not believed a moment after it: %s',
    async (path) => {
      const rt = await stage.returnTarget();
      const callback = await provedCallback(owner);
      stage.outage.answersAfter = async (_operation, kind) => {
        if (kind !== 'single_sign_on') return;
        stage.outage.answersAfter = undefined;
        expect(openedBy(await owner.go(callback))?.otp).toBeDefined();
      };
      expect(openedBy(await thief.go(`${stage.authOrigin}/.postern/${path}?rt=${rt}`))?.otp).toBeUndefined();
      expect(stage.outage.answersAfter).toBeUndefined();
    },
  );

  test('is not raised by a new sign-in of its owner either', async () => {
    const again = stage.newBrowser();
    const rt = await stage.returnTarget();
    const first = await stage.begin(again, `/.postern/login?rt=${rt}`);
    const second = await stage.begin(again, `/.postern/login?rt=${rt}`);
    await again.go(await stage.answerProvider(again, first, { login: 'ada' }));
    thief = again.fork();
    const answer = await again.go(await stage.answerProvider(again, second, { login: 'ada', code: otpCode }));
    ticketOf(answer);
    expect(await plunder()).toEqual([undefined, undefined, undefined]);
  });
});

describe('two tabs that come back from a step-up at once', () => {
  test('leave one cookie, which has the proof, and both go on', async () => {
    const callbacks = [await provedCallback(owner), await provedCallback(owner)];
    const answers = await Promise.all(callbacks.map((callback) => owner.go(callback)));
    const cookies = answers.map(({ setCookies }) =>
      setCookies.filter((line) => line.startsWith('__Host-postern-sso=')),
    );
    expect(cookies.flat()).toHaveLength(1);
    expect(await stage.store.list('single_sign_on')).toHaveLength(1);
    for (const answer of answers) {
      const location = answer.headers.location ?? '';
      const end = location.startsWith(`${stage.authOrigin}/`) ? await owner.go(location) : answer;
      expect(openedBy(end)?.otp).toBeDefined();
    }
    expect(await plunder()).toEqual([undefined, undefined, undefined]);
    expect(await stage.live()).toHaveLength(1);
  });

  test('of which the later shows a cookie that is over by then goes nowhere with it', async () => {
    const late = owner.fork();
    const [first, second] = [await provedCallback(owner), await provedCallback(late)];
    await owner.go(first);
    const answer = await late.go(second);
    expect(openedBy(answer)).toBeUndefined();
    expect(answer.headers.location).toContain(`${stage.authOrigin}/.postern/login?rt=`);
  });
});
