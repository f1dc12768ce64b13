import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommandLine } from '../support/command-line.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let thief: HttpBrowser;
let lin: HttpBrowser;
let ada: HttpBrowser;
let printed = '';

const env = () => ({
  ADMIN_TOKEN: world.adminToken,
  STATE_KEY: 'a-state-key-of-more-than-thirty-two-characters',
  CLIENT_SECRET: world.provider.clientSecret,
});

beforeAll(async () => {
  world = await startWorld();
  [thief, lin, ada] = [world.browser(), world.browser(), world.browser()];
  const copy = join(world.folder, 'copy.db');
  await world.signIn(thief, world.url('wiki'), 'ada');
  await world.signIn(lin, world.url('wiki'), 'lin');
  const run = (...args: readonly string[]) =>
    runCommandLine([...args, '-c', world.file], { env: env(), now: Date.now });
  expect((await run('state', 'backup', copy)).code).toBe(0);
  // All of this is only in the state that is lost.
  const { sessions } = JSON.parse((await world.admin('/api/v1/sessions')).body);
  const stolen = sessions.find(({ email }: { email: string }) => email === 'ada@corp.example');
  expect((await world.admin(`/api/v1/sessions/${stolen.id}`, { method: 'DELETE', body: {} })).status).toBe(200);
  const lock = { method: 'PUT', body: { reason: 'left the company' } };
  expect((await world.admin('/api/v1/locks/person/lin@corp.example', lock)).status).toBe(200);
  await world.program.close();
  const restored = await run('state', 'restore', '--yes', copy);
  expect(restored.code).toBe(0);
  printed = restored.stdout;
  await world.restart();
}, 60_000);
afterAll(() => world?.close());

describe('after an older state was put back', () => {
  test('a session that was ended since is none, and its cookies open nothing', async () => {
    const answer = await thief.send(world.url('wiki'));
    expect(answer.status).toBe(302);
  });

  test('and does not come back by a sign-in that is older than its end', async () => {
    // The provider still knows this browser, and would send it on at once.
    const page = await thief.open(world.url('wiki'));
    expect(page.url.startsWith(world.url('wiki'))).toBe(false);
    expect(page.body).toContain('name="login"');
  });

  test('a person who proves anew gets in', async () => {
    expect((await world.signIn(ada, world.url('wiki'), 'ada')).status).toBe(200);
  });

  test('a lock that was set since holds', async () => {
    const again = world.browser();
    const page = await world.signIn(again, world.url('wiki'), 'lin');
    expect(page.status).not.toBe(200);
    expect(page.body).toContain('paused');
    expect(printed).toContain('1 lock set again');
  });
});
