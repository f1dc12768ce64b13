import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signInByPassword } from '../support/attack-sign-in.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const steps: readonly (readonly [host: string, path: string])[] = [
  ['auth', '/.postern/login'],
  ['auth', '/.postern/login/corp'],
  ['auth', '/.postern/callback'],
  ['auth', '/.postern/step-up'],
  ['auth', '/.postern/sign-out'],
  ['auth', '/.postern/device/report'],
  ['auth', '/.postern/device/nonce'],
  ['auth', '/.postern/accept'],
  ['wiki', '/.postern/accept'],
  ['wiki', '/.postern/session'],
  ['wiki', '/.postern/sign-out'],
  ['wiki', '/.postern/step-up'],
  ['payroll', '/.postern/step-up'],
  ['payroll', '/.postern/accept'],
];

const bodies = [
  '',
  '=',
  'ticket=',
  'ticket=&ticket=',
  'code=&state=',
  'code=123456',
  '{}',
  '[]',
  'null',
  'token=',
  '\0',
];

describe('a step that is posted empty, in part or out of order', () => {
  let world: World;
  let person: HttpBrowser;
  beforeAll(async () => {
    world = await startWorld();
    person = world.browser();
    await signInByPassword(world, person, world.url('wiki'), 'ada');
  });
  afterAll(() => world?.close());

  test.each(steps)('opens nothing: %s%s', async (host, path) => {
    const stranger = world.browser();
    for (const browser of [stranger, person]) {
      for (const body of bodies) {
        for (const type of [
          'application/x-www-form-urlencoded',
          'application/json',
          'application/jose',
          'text/plain',
        ]) {
          const headers = { 'content-type': type };
          const answer = await browser.send(world.url(host, path), { method: 'POST', body, headers });
          expect(answer.status === 303 || (answer.status >= 400 && answer.status < 500)).toBe(true);
        }
      }
    }
    expect((await stranger.send(world.url('wiki'))).status).toBe(302);
    expect((await person.send(world.url('wiki'))).status).toBe(200);
    const payroll = await person.send(world.url('payroll'));
    expect(payroll.headers.location).toMatch(/.postern.(login|step-up)/);
    expect(world.app.seen.filter((request) => request.headers.host?.startsWith('payroll'))).toEqual([]);
  });

  test('leaves the second factor unproved when its callback is opened without it', async () => {
    let answer = await person.open(world.url('payroll'));
    expect(answer.url.startsWith(world.provider.issuer)).toBe(true);
    answer = await person.open(world.url('auth', '/.postern/callback'));
    answer = await person.open(world.url('payroll', '/.postern/accept?ticket='));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    answer = await person.open(world.url('payroll'));
    expect(answer.url.startsWith(world.provider.issuer)).toBe(true);
    expect(world.app.seen.filter((request) => request.headers.host?.startsWith('payroll'))).toEqual([]);
  });
});
