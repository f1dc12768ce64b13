import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Decision } from '../../../src/decision/decision.ts';
import { openStage, pageOf, routeSettings, type Stage } from '../../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const decisions: Readonly<Record<string, Decision>> = {
  ready: { outcome: 'allow', reason: 'granted', grant: undefined, trace: [] },
  proof: {
    outcome: 'step_up',
    reason: 'reauth_required',
    need: { methods: ['otp'], maxAgeMs: 1, notBeforeMs: undefined },
    trace: [],
  },
  disk: { outcome: 'deny', reason: 'device_not_compliant', trace: [] },
  old: { outcome: 'deny', reason: 'posture_stale', trace: [] },
  bare: { outcome: 'deny', reason: 'device_unknown', trace: [] },
  group: { outcome: 'deny', reason: 'not_in_required_group', trace: [] },
  closed: { outcome: 'deny', reason: 'explicit_deny', trace: [] },
};

function everyKindOfApp(): void {
  stage.switches.routes = Object.keys(decisions).map((name) => routeSettings(name, `${name}.corp.example`, '/start'));
  stage.judge.answer = ({ route }) => decisions[route.name] ?? { outcome: 'deny', reason: 'explicit_deny', trace: [] };
}

describe('the portal', () => {
  test('shows what the judge says, hides what nobody here can mend, and asks as a preview', async () => {
    everyKindOfApp();
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const { page } = pageOf(await browser.go(`${stage.authOrigin}/`));
    if (page.kind !== 'portal') throw new Error(page.kind);
    expect(page.tiles.map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ['ready', 'ready', undefined],
      ['proof', 'needs_step_up', 'reauth_required'],
      ['disk', 'fix_device', 'device_not_compliant'],
      ['old', 'fix_device', 'posture_stale'],
      ['bare', 'device_unknown', 'device_unknown'],
    ]);
    expect(page.tiles[0]?.url).toBe('https://ready.corp.example/start');
    expect(new Set(stage.judge.questions.map(({ purpose }) => purpose))).toEqual(new Set(['preview']));
  });

  test('has a JSON twin that says the same, and is a problem for nobody', async () => {
    everyKindOfApp();
    const browser = stage.newBrowser();
    const url = `${stage.authOrigin}/.postern/api/apps`;
    const headers = { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
    const refused = await browser.go(url, { headers });
    expect(refused.status).toBe(401);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.headers['www-authenticate']).toBeDefined();
    expect(JSON.parse(refused.body)).toMatchObject({
      code: 'login_required',
      login_url: `${stage.authOrigin}/.postern/login`,
    });
    await stage.signIn(browser);
    const { apps } = JSON.parse((await browser.go(url, { headers })).body);
    expect(apps).toHaveLength(5);
    expect(apps[1]).toMatchObject({ name: 'proof', state: 'needs_step_up', reason: 'reauth_required' });
  });

  test('tells titles and descriptions in the language of who asks', async () => {
    const texts = { title: { en: 'Payroll', de: 'Lohn' }, description: { en: 'Salaries', de: 'Gehälter' } };
    stage.switches.routes = [{ ...routeSettings('payroll', 'payroll.corp.example', '/'), ...texts }];
    stage.judge.answer = () => ({ outcome: 'allow', reason: 'granted', grant: undefined, trace: [] });
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const appsFor = async (language: string) => {
      const headers = { 'accept-language': language };
      return JSON.parse((await browser.go(`${stage.authOrigin}/.postern/api/apps`, { headers })).body).apps;
    };
    expect(await appsFor('de-AT')).toMatchObject([{ title: 'Lohn', description: 'Gehälter', icon_url: null }]);
    expect(await appsFor('fr')).toMatchObject([{ title: 'Payroll', description: 'Salaries' }]);
  });
});

describe('every answer', () => {
  test.each(['/', '/.postern/login', '/.postern/sign-out', '/.postern/device', '/.postern/signed-out', '/nothing'])(
    'of %s carries a decision id and forbids storing, framing and sniffing',
    async (path) => {
      const answer = await stage.newBrowser().go(stage.authOrigin + path);
      expect(answer.headers['postern-decision-id']).toMatch(/^dec_[0-9A-Z]{26}$/);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(answer.headers['referrer-policy']).toBe('no-referrer');
      expect(answer.headers['x-powered-by']).toBeUndefined();
    },
  );

  test.each(['/nothing', '/.postern/accept?ticket=x', '/.postern/Login', '/.postern/login/', '//', '/metrics'])(
    'of %s is the same 404',
    async (path) => {
      const answer = await stage.newBrowser().go(stage.authOrigin + path);
      expect(answer.status).toBe(404);
      expect(pageOf(answer).page).toMatchObject({ reason: 'route_unknown' });
    },
  );
});

describe('the device page', () => {
  test('is for everybody, with or without a device', async () => {
    const browser = stage.newBrowser();
    expect(pageOf(await browser.go(`${stage.authOrigin}/.postern/device`)).page).toMatchObject({ kind: 'device' });
    stage.switches.device = { deviceId: 'ada-laptop', fingerprint: 'f', notAfterMs: Number.MAX_SAFE_INTEGER };
    const { page } = pageOf(await browser.go(`${stage.authOrigin}/.postern/device`));
    expect(page).toMatchObject({ kind: 'device', deviceId: 'ada-laptop' });
  });

  test('leads to the address that asks for a certificate, where one does and none was shown', async () => {
    const page = async () => pageOf(await stage.newBrowser().go(`${stage.authOrigin}/.postern/device`)).page;
    stage.switches.device = undefined;
    expect(await page()).not.toHaveProperty('certificateUrl');
    stage.switches.certificateOrigin = 'https://auth.corp.example:4443';
    expect(await page()).toMatchObject({ certificateUrl: 'https://auth.corp.example:4443/.postern/device' });
    stage.switches.device = { deviceId: 'ada-laptop', fingerprint: 'f', notAfterMs: Number.MAX_SAFE_INTEGER };
    expect(await page()).not.toHaveProperty('certificateUrl');
  });

  test('tells of a posture that cannot be judged, and still of the others', async () => {
    const posture = (name: string) => ({
      name,
      at: { file: 'test.yaml', line: 1, column: 1 },
      require: [],
      maxAgeMs: 1,
      sources: undefined,
      help: {},
    });
    stage.switches.postures = [posture('broken'), posture('fine')];
    stage.switches.brokenPosture = 'broken';
    stage.switches.device = { deviceId: 'ada-laptop', fingerprint: 'f', notAfterMs: Number.MAX_SAFE_INTEGER };
    const answer = await stage.newBrowser().go(`${stage.authOrigin}/.postern/device`);
    expect(answer.status).toBe(200);
    expect(pageOf(answer).page).toMatchObject({
      postures: [
        { posture: 'broken', result: 'unavailable' },
        { posture: 'fine', result: 'pass' },
      ],
    });
  });
});

describe('a session that is bound to a device', () => {
  test.each([
    ['no device', undefined],
    ['another device', { deviceId: 'thief', fingerprint: 'other', notAfterMs: Number.MAX_SAFE_INTEGER }],
  ])('ends when its cookie comes with %s', async (_what, device) => {
    stage.switches.device = { deviceId: 'ada-laptop', fingerprint: 'own', notAfterMs: Number.MAX_SAFE_INTEGER };
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    expect((await browser.go(`${stage.authOrigin}/`)).status).toBe(200);
    stage.switches.device = device;
    expect((await browser.go(`${stage.authOrigin}/`)).status).toBe(303);
    expect(stage.ended).toEqual(['policy']);
    expect(stage.audit.events.at(-1)).toMatchObject({ type: 'session_ended', detail: { cause: 'another_device' } });
  });
});
