import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStage, type Stage } from '../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const evil = [
  '//evil.example',
  '/\\evil.example',
  '/%09/evil.example',
  'https://evil.example',
  'https://badwiki.corp.example',
  'https://wiki.corp.example.evil.tld',
  'https://wiki.corp.example@evil.example',
  'javascript:alert(1)',
  '\r\nLocation: https://evil.example',
];

describe('a link leads people away', () => {
  test.each(evil)('rt=%j is no address and leads nowhere', async (target) => {
    const rt = encodeURIComponent(target);
    const browser = stage.newBrowser();
    const url = await stage.begin(browser, `/.postern/login?rt=${rt}&rd=${rt}&next=${rt}`);
    expect(new URL(url).origin).toBe(stage.provider.issuer);
    const answer = await browser.go(await stage.answerProvider(browser, url, { login: 'ada' }));
    expect(answer.headers.location).toBe(`${stage.authOrigin}/`);
    const stepUp = await browser.go(`${stage.authOrigin}/.postern/step-up?rt=${rt}`);
    expect(stepUp.headers.location).toBe(`${stage.authOrigin}/`);
    const signedOut = await stage.newBrowser().go(`${stage.authOrigin}/.postern/signed-out?state=${rt}&url=${rt}`);
    expect(signedOut.headers.location).toBeUndefined();
    expect(signedOut.headers['refresh']).toBeUndefined();
  });

  test('a kept target whose host is no longer routed leads to the portal', async () => {
    const browser = stage.newBrowser();
    const rt = await stage.returnTarget();
    await stage.signIn(browser);
    stage.switches.routes = [];
    const answer = await browser.go(`${stage.authOrigin}/.postern/login?rt=${rt}`);
    expect(answer.headers.location).toBe(`${stage.authOrigin}/`);
  });

  test.each([
    ['https://wiki.corp.example@evil.example', '/'],
    ['https://evil.example', '/'],
    ['https://wiki.corp.example/x', '/'],
    ['javascript:alert(1)', '/'],
    ['https://wiki.corp.example', '@evil.example'],
    ['https://wiki.corp.example', '.evil.example/'],
  ])('a kept target with the origin %s and the path %s is not believed', async (origin, path) => {
    const rt = await stage.sessions.saveReturnTarget({ host: 'wiki.corp.example', origin, path, attemptHash: 'x' });
    const browser = stage.newBrowser();
    const answer = await stage.signIn(browser, 'ada', rt);
    expect(answer.headers.location).toBe(`${stage.authOrigin}/`);
  });

  test('Host and forwarded headers change neither the redirect URI nor any Location', async () => {
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '81',
      'x-original-url': '/evil',
      forwarded: 'host=evil.example',
    };
    const answer = await stage.newBrowser().go(`${stage.authOrigin}/.postern/login`, { headers });
    const asked = new URL(answer.headers.location ?? '');
    expect(asked.searchParams.get('redirect_uri')).toBe(`${stage.authOrigin}/.postern/callback`);
    const portal = await stage.newBrowser().go(`${stage.authOrigin}/`, { headers });
    expect(portal.headers.location).toBe(`${stage.authOrigin}/.postern/login`);
  });
});
