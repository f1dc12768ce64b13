import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';

const minute = 60_000;

let clock: ShiftedClock;
let world: World;
beforeAll(async () => {
  clock = shiftClock();
  world = await startWorld({ clock, server: '  trusted_proxies: [127.0.0.1/32]' });
});
afterAll(() => world?.close());

/** Two denials a round: two apps, once a minute each. */
async function knockOnClosedDoors(browser: HttpBrowser, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const host of ['payroll', 'console']) {
      const answer = await browser.send(world.url(host));
      expect([host, answer.status]).toEqual([host, 403]);
    }
    clock.advance(minute);
  }
}

/** Far more requests than a person makes, on a few connections. */
async function rush(browser: HttpBrowser, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const url = new URL(world.url('wiki', '/rush'));
  const one = () =>
    new Promise<void>((resolve, reject) => {
      request(
        {
          agent,
          host: '127.0.0.1',
          port: url.port,
          path: url.pathname,
          servername: url.hostname,
          ca: readFileSync(world.certificates.ca),
          headers: {
            host: url.host,
            'user-agent': 'postern-test-browser',
            ...clientKinds.script,
            ...browser.always,
            cookie: `__Host-postern=${browser.cookie('wiki.localhost', '__Host-postern')}`,
          },
        },
        (answer) => answer.resume().on('end', resolve),
      )
        .on('error', reject)
        .end();
    });
  for (let sent = 0; sent < count; sent += 100) await Promise.all(Array.from({ length: 100 }, one));
  agent.destroy();
}

test('one session, from no risk at all to its end', async () => {
  // What a page's scripts are refused says nothing of its person, however often.
  const scripted = world.browser();
  await world.signIn(scripted, world.url('wiki'), 'kim', 'password');
  for (const host of ['payroll', 'console']) await scripted.open(world.url(host));
  for (let round = 0; round < 5; round += 1) {
    for (const host of ['wiki', 'payroll', 'console'])
      expect((await scripted.send(world.url(host), { headers: clientKinds.script })).status).toBe(403);
    clock.advance(minute);
  }
  await scripted.send(world.url('wiki', '/after-scripts'));

  const browser = world.browser();
  browser.always['x-forwarded-for'] = '203.0.113.5';
  await world.signIn(browser, world.url('wiki', '/at-home'), 'lin', 'password');
  const open = async (path: string) => (await browser.send(world.url('wiki', path))).status;
  const ask = async (path: string) => {
    const answer = await browser.send(world.url('wiki', path), { headers: clientKinds.script });
    return [answer.status, JSON.parse(answer.body).code];
  };

  // The first round at each closed door is the one that signs in there.
  for (const host of ['payroll', 'console']) expect((await browser.open(world.url(host))).status).toBe(403);
  clock.advance(minute);

  // Another address of the same network is no change; another network is.
  browser.always['x-forwarded-for'] = '203.0.113.77';
  expect(await open('/next-desk')).toBe(200);
  browser.always['x-forwarded-for'] = '198.51.100.7';
  expect(await open('/elsewhere')).toBe(200);

  await knockOnClosedDoors(browser, 4);
  expect(await open('/after-doors')).toBe(200);

  await rush(browser, 1_300);
  expect(await ask('/after-rush')).toEqual([401, 'step_up_required']);

  // A fresh proof from here answers all of it, and the page that was wanted opens.
  clock.advance(2_000);
  const page = await world.signIn(browser, world.url('wiki', '/proved'), 'lin');
  expect([page.status, page.url]).toEqual([200, world.url('wiki', '/proved')]);

  browser.always['user-agent'] = 'somebody-elses-program/1.0';
  expect(await ask('/other-program')).toEqual([401, 'reauth_required']);
  browser.always['x-forwarded-for'] = '192.0.2.9';
  expect(await ask('/other-network')).toEqual([401, 'reauth_required']);

  await knockOnClosedDoors(browser, 4);
  expect(await ask('/too-much')).toEqual([403, 'risk_too_high']);
  expect(await ask('/over')).toEqual([401, 'session_revoked']);

  await world.program.close();
  const scores = scoresByPath();
  expect(scores.get('/after-scripts')).toEqual([0]);
  expect(scores.get('/at-home')).toEqual([0]);
  expect(scores.get('/next-desk')).toEqual([0]);
  expect(scores.get('/elsewhere')).toEqual([15, 'new_network']);
  expect(scores.get('/after-doors')).toEqual([35, 'new_network', 'denials']);
  expect(scores.get('/after-rush')).toEqual([60, 'new_network', 'denials', 'request_rate']);
  expect(scores.get('/proved')).toEqual([0]);
  expect(scores.get('/other-program')).toEqual([40, 'user_agent_changed']);
  expect(scores.get('/other-network')).toEqual([55, 'new_network', 'user_agent_changed']);
  expect(scores.get('/too-much')).toEqual([71, 'new_network', 'user_agent_changed', 'denials']);
}, 60_000);

/** The last decision of each path: the score and the signals that made it. */
function scoresByPath(): Map<string, readonly (number | string)[]> {
  const folder = join(world.folder, 'audit');
  const scores = new Map<string, readonly (number | string)[]>();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.jsonl'),
  )) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1)) {
      const event = eventOf(JSON.parse(line));
      const risk = event.facts?.risk;
      if (event.path !== undefined && risk !== undefined) {
        scores.set(event.path, [
          risk.score,
          ...(risk.points ?? []).filter(({ points }) => points > 0).map(({ signal }) => signal),
        ]);
      }
    }
  }
  return scores;
}

interface WrittenEvent {
  readonly path?: string;
  readonly facts?: {
    readonly risk?: { readonly score: number; readonly points?: readonly { signal: string; points: number }[] };
  };
}

function eventOf(line: { readonly event?: WrittenEvent } & WrittenEvent): WrittenEvent {
  return line.event ?? line;
}
