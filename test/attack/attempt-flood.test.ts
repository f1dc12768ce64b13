import { afterEach, describe, expect, test } from '@jest/globals';
import { openStage, type Stage } from '../support/identity-stage.ts';

let stage: Stage;
afterEach(() => stage.close());

describe('sign-ins are begun without end', () => {
  test('two hundred background requests plant no cookie and no record', async () => {
    stage = await openStage();
    const browser = stage.newBrowser();
    const kinds = [
      { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      { 'sec-purpose': 'prefetch' },
    ];
    for (let index = 0; index < 200; index += 1) {
      const path = ['/.postern/login', '/.postern/login/corp', '/.postern/step-up', '/'][index % 4] ?? '/';
      const answer = await browser.go(stage.authOrigin + path, { headers: kinds[Math.floor(index / 4) % 4] ?? {} });
      expect(answer.status).toBe(401);
    }
    expect(browser.cookies('auth.localhost').size).toBe(0);
    expect(await stage.store.list('sign_in_attempt')).toEqual([]);
    expect(await stage.store.list('single_sign_on')).toEqual([]);
  });

  test('one address is stopped, another is not, and a /64 counts as one', async () => {
    stage = await openStage({ limits: { attemptsPerMinute: 3, reportsPerMinute: 3 } });
    const begin = async (address: string) => {
      stage.switches.address = address;
      return stage.newBrowser().go(`${stage.authOrigin}/.postern/login`);
    };
    for (let index = 0; index < 3; index += 1) expect((await begin(`2001:db8::${index + 1}`)).status).toBe(303);
    const stopped = await begin('2001:db8::ffff');
    expect(stopped.status).toBe(429);
    expect(Number(stopped.headers['retry-after'])).toBeGreaterThan(0);
    expect((await begin('2001:db8:0:1::1')).status).toBe(303);
    expect((await begin('192.0.2.1')).status).toBe(303);
  });
});
