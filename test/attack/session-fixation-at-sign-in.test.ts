import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStage, type Stage } from '../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const name = '__Host-postern-sso';

describe('an id is planted before the sign-in', () => {
  test("the attacker's own live session does not become the victim's", async () => {
    const attacker = stage.newBrowser();
    const victim = stage.newBrowser();
    const url = await stage.begin(victim);
    await stage.signIn(attacker, 'bob');
    const planted = attacker.cookies('auth.localhost').get(name) ?? '';
    victim.setCookie('auth.localhost', name, planted);
    await victim.go(await stage.answerProvider(victim, url, { login: 'ada' }));
    expect(victim.cookies('auth.localhost').get(name)).not.toBe(planted);
    expect((await attacker.go(`${stage.authOrigin}/`)).status).toBe(303);
    expect((await stage.live()).map(({ person }) => person.subject)).toEqual(['ada']);
  });

  test('a made-up id is never taken over', async () => {
    const victim = stage.newBrowser();
    victim.setCookie('auth.localhost', name, 's%3Achosen.by-attacker');
    await stage.signIn(victim);
    expect(victim.cookies('auth.localhost').get(name)).not.toContain('chosen');
    expect((await victim.go(`${stage.authOrigin}/`)).status).toBe(200);
  });

  test.each(['', 's%3A', 's%3A%00', '%', '"', 'a'.repeat(4000), 's:x.y; __Host-postern-sso=z'])(
    'the malformed cookie %j is nobody',
    async (value) => {
      const browser = stage.newBrowser();
      browser.setCookie('auth.localhost', name, value);
      expect((await browser.go(`${stage.authOrigin}/`)).headers.location).toBe(`${stage.authOrigin}/.postern/login`);
    },
  );
});
