import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStage, type Stage } from '../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const paths = [
  '/',
  '/.postern/login',
  '/.postern/login/corp',
  '/.postern/callback',
  '/.postern/step-up',
  '/.postern/sign-out',
  '/.postern/signed-out',
  '/.postern/device',
  '/.postern/device/report',
  '/.postern/device/nonce',
  '/.postern/api/apps',
];

describe('a step is skipped by an empty, partial or out-of-order request', () => {
  test.each(paths)('a POST to %s with nothing, half or rubbish opens nothing', async (path) => {
    for (const body of ['', 'code=', 'state=&code=x', 'token', 'login=ada', '{"login":"ada"}', '\u0000', 'a[b][c]=1']) {
      const browser = stage.newBrowser();
      const answer = await browser.go(stage.authOrigin + path, { method: 'POST', body });
      expect(answer.status === 303 || (answer.status >= 400 && answer.status < 500)).toBe(true);
      expect(answer.headers.location ?? '').not.toContain('ticket');
      expect(browser.cookies('auth.localhost').has('__Host-postern-sso')).toBe(false);
    }
    expect(await stage.live()).toEqual([]);
  });

  test('a callback before any sign-in, and with an error for one that never was, opens nothing', async () => {
    for (const query of ['', '?', '?code=x', '?state=x', '?error=access_denied', '?state=x&error=access_denied']) {
      const answer = await stage.newBrowser().go(`${stage.authOrigin}/.postern/callback${query}`);
      expect(answer.status).toBe(400);
    }
    expect(await stage.live()).toEqual([]);
  });

  test('a step-up before any sign-in leads to the sign-in', async () => {
    const rt = await stage.returnTarget();
    const answer = await stage.newBrowser().go(`${stage.authOrigin}/.postern/step-up?rt=${rt}`);
    expect(answer.headers.location).toBe(`${stage.authOrigin}/.postern/login?rt=${rt}`);
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])('%s begins nothing', async (method) => {
    for (const path of paths) {
      const answer = await stage.newBrowser().go(stage.authOrigin + path, { method });
      expect(answer.setCookies).toEqual([]);
    }
    expect(await stage.store.list('sign_in_attempt')).toEqual([]);
  });
});
