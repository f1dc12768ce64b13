import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import { openFeed, openWebSocket } from '../../support/live-connections.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
const answers: ServerResponse[] = [];
beforeAll(async () => {
  world = await startWorld({
    server: '  trusted_proxies: [127.0.0.1/32]',
    session: '{ expiration: 12h, inactivity: 12h, recheck: 1h }',
    extra: 'risk: { levels: { medium: 10, high: 90 }, signals: { new_network: { weight: 15, half_life: 12h } } }',
  });
});
afterEach(() => {
  world.app.answer = undefined;
  for (const answer of answers.splice(0)) answer.destroy();
});
afterAll(() => world?.close());

test('risk: what a request of the session shows closes its WebSocket at once, and nobody else’s', async () => {
  const [lin, ada] = [world.browser(), world.browser()];
  await world.signIn(lin, world.url('dashboard'), 'lin');
  await world.signIn(ada, world.url('dashboard'), 'ada');
  const live = await openWebSocket(world, lin, world.url('dashboard'));
  const other = await openWebSocket(world, ada, world.url('dashboard'));
  expect(await live.next()).toBe('hello');
  const ask = () => lin.send(world.url('dashboard'), { headers: clientKinds.script });
  expect((await ask()).status).toBe(200);
  lin.always['x-forwarded-for'] = '198.51.100.7';
  expect((await ask()).status).toBe(401);
  expect([await live.closed, (await live.reason).code]).toEqual([
    3000,
    expect.stringMatching(/^(step_up|reauth)_required$/),
  ]);
  other.socket.send('still here');
  expect(await other.next()).toBe('hello');
  expect(await other.next()).toBe('echo still here');
  other.socket.close();
  await other.closed;
});

test('risk: a score that another system sets closes the WebSocket of that person, with no request in between', async () => {
  const [lin, ada] = [world.browser(), world.browser()];
  await world.signIn(lin, world.url('dashboard'), 'lin');
  await world.signIn(ada, world.url('dashboard'), 'ada');
  const live = await openWebSocket(world, lin, world.url('dashboard'));
  const other = await openWebSocket(world, ada, world.url('dashboard'));
  const body = { score: 50, seconds: 600, source: 'edr', reason: 'malware was found' };
  const set = await world.admin('/api/v1/people/lin@corp.example/risk', { method: 'PUT', body });
  expect([set.status, set.body]).toEqual([200, expect.stringContaining('lin@corp.example')]);
  // No step-up answers what somebody else says.
  expect([await live.closed, (await live.reason).code]).toEqual([3003, 'risk_too_high']);
  await world.admin('/api/v1/people/lin@corp.example/risk', { method: 'DELETE' });
  expect(await other.next()).toBe('hello');
  other.socket.close();
  await other.closed;
});

test('a slow download and a long poll are streams after five seconds, and are cut with their session', async () => {
  const ada = world.browser();
  await world.signIn(ada, world.url('wiki'), 'ada');
  // It begins to answer and then lets the client wait; the other one does not even begin.
  world.app.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('x');
    answers.push(response);
  };
  const poll = await openFeed(world, ada, world.url('wiki', '/poll'));
  world.app.answer = (_request, response) => void answers.push(response);
  const silent = ada.send(world.url('wiki', '/silent')).then(
    () => 'answered',
    () => 'cut',
  );
  const shown = 'postern_streams_active{route="wiki",kind="transfer"} 2';
  while (!(await world.admin('/metrics')).body.includes(shown))
    await new Promise((resolve) => setTimeout(resolve, 200));
  const { sessions } = JSON.parse((await world.admin('/api/v1/sessions?user=ada@corp.example')).body);
  for (const { id } of sessions) await world.admin(`/api/v1/sessions/${id}`, { method: 'DELETE' });
  expect([await poll.over, await silent]).toEqual(['cut', 'cut']);
  expect((await world.admin('/metrics')).body).toContain('postern_stream_closes_total{kind="transfer",code="3000"} 2');
});

test('an app that goes on writing to an event stream that was ended disturbs nobody', async () => {
  const ada = world.browser();
  await world.signIn(ada, world.url('wiki'), 'ada');
  world.app.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    answers.push(response);
    const timer = setInterval(() => response.writable && response.write('data: 1\n\n'), 1);
    response.once('close', () => clearInterval(timer));
  };
  const feed = await openFeed(world, ada, world.url('wiki', '/feed'));
  await feed.next();
  const gone = new Promise((resolve) => answers.at(-1)?.once('close', resolve));
  const { sessions } = JSON.parse((await world.admin('/api/v1/sessions?user=ada@corp.example')).body);
  for (const { id } of sessions) await world.admin(`/api/v1/sessions/${id}`, { method: 'DELETE' });
  expect(await feed.over).toBe('ended');
  await gone;
  world.app.answer = undefined;
  expect((await world.browser().send(world.url('public'))).status).toBe(200);
});
