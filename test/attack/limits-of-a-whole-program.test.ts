import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startWorld, type World } from '../support/world.ts';

/** Small limits, and what a person, a stranger and an administrator see of them. */
let world: World;
const held: ServerResponse[] = [];
/** As a page's own script asks. */
const script = { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
let onHeld: (() => void) | undefined;

beforeAll(async () => {
  world = await startWorld({
    server: '  limits: { requests_per_client: 2, upstream_connections: 3, upstream_queue: 0 }',
  });
});
afterEach(() => {
  for (const response of held.splice(0)) response.end('late');
  world.app.answer = undefined;
});
afterAll(() => world?.close());

/** The app now keeps everybody waiting. Resolves once so many wait. */
function holdAll() {
  world.app.answer = (_request, response) => {
    held.push(response);
    onHeld?.();
  };
  return (count: number) =>
    new Promise<void>((resolve) => {
      onHeld = () => {
        if (held.length >= count) resolve();
      };
      onHeld();
    });
}

async function limited(limit: string): Promise<number> {
  const { body } = await world.admin('/metrics');
  return Number(new RegExp(`^postern_rate_limited_total\\{limit="${limit}"\\} (\\d+)$`, 'm').exec(body)?.[1] ?? 0);
}

test('one session does not hold an app for everybody: its third request is a 429 that says so, another person is served', async () => {
  const [ada, lin] = [world.browser(), world.browser()];
  const url = world.url('dashboard', '/slow');
  await world.signIn(ada, world.url('dashboard'), 'ada');
  await world.signIn(lin, world.url('wiki'), 'lin');
  const waiting = holdAll();
  const running = [ada.send(url), ada.send(url)];
  await waiting(2);
  const refused = await ada.send(url, { headers: script });
  expect(refused.status).toBe(429);
  expect(JSON.parse(refused.body)).toMatchObject({ code: 'rate_limited', decision_id: expect.stringMatching(/^dec_/) });
  expect(await limited('requests_per_client')).toBe(1);
  const other = lin.send(world.url('wiki', '/slow'));
  await waiting(3);
  for (const response of held.splice(0)) response.end('done');
  expect((await Promise.all([...running, other])).map(({ status }) => status)).toEqual([200, 200, 200]);
  // What has ended counts no more.
  const again = ada.send(url);
  await waiting(1);
  held.pop()?.end('done');
  expect((await again).status).toBe(200);
});

test('an app that is busy with as much as it may have is a 503 for the next, and no connection more', async () => {
  const [ada, lin] = [world.browser(), world.browser()];
  await world.signIn(ada, world.url('dashboard'), 'ada');
  await world.signIn(lin, world.url('wiki'), 'lin');
  const waiting = holdAll();
  const running = [
    ada.send(world.url('dashboard', '/1')),
    ada.send(world.url('dashboard', '/2')),
    lin.send(world.url('wiki', '/3')),
  ];
  await waiting(3);
  const refused = await lin.send(world.url('wiki', '/4'), { headers: script });
  expect(refused.status).toBe(503);
  expect(JSON.parse(refused.body)).toMatchObject({ code: 'upstream_busy' });
  expect(await limited('upstream_queue')).toBe(1);
  for (const response of held.splice(0)) response.end('done');
  expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200, 200]);
});
