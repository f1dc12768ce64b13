import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { openFeed, openWebSocket } from '../../support/live-connections.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';

describe('connections that stay open', () => {
  let clock: ShiftedClock;
  let world: World;
  const feeds: ServerResponse[] = [];
  beforeAll(async () => {
    clock = shiftClock();
    world = await startWorld({
      clock,
      server: '  limits: { request_timeout: 1s }',
      session: '{ expiration: 2h, inactivity: 2h }',
    });
  });
  afterEach(() => {
    world.app.answer = undefined;
    for (const feed of feeds.splice(0)) feed.destroy();
  });
  afterAll(() => world?.close());

  async function signedIn(person = 'lin'): Promise<HttpBrowser> {
    const browser = world.browser();
    await world.signIn(browser, world.url('dashboard'), person);
    return browser;
  }

  /** The app now answers everything with an event stream that stays open. */
  function serveFeed(): void {
    world.app.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      feeds.push(response);
    };
  }

  /** The newest one: ids sort by time. */
  async function sessionOf(person: string): Promise<string> {
    const { sessions } = JSON.parse((await world.admin(`/api/v1/sessions?user=${person}@corp.example`)).body);
    return sessions
      .map(({ id }: { id: string }) => id)
      .sort()
      .at(-1);
  }

  test('a WebSocket carries messages both ways', async () => {
    const live = await openWebSocket(world, await signedIn(), world.url('dashboard', '/live'));
    expect(await live.next()).toBe('hello');
    live.socket.send('one');
    expect(await live.next()).toBe('echo one');
    live.socket.close();
    await live.closed;
  });

  test('a WebSocket without a session, or from another origin, is refused before the app hears of it', async () => {
    const before = world.app.sockets.size;
    await expect(openWebSocket(world, world.browser(), world.url('dashboard'))).rejects.toThrow('401');
    const browser = await signedIn();
    const fromEvil = openWebSocket(world, browser, world.url('dashboard'), undefined, 'https://evil.example');
    await expect(fromEvil).rejects.toThrow('403');
    expect(world.app.sockets.size).toBeLessThanOrEqual(before);
  });

  test('a quiet event stream outlives the request timeout', async () => {
    const browser = await signedIn('ada');
    serveFeed();
    const feed = await openFeed(world, browser, world.url('dashboard', '/feed'));
    expect(await feed.next()).toContain('data: 1');
    // Longer than request_timeout, in real time: the timers of the connection are the machine's.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    feeds[0]?.write('data: 2\n\n');
    expect(await feed.next()).toContain('data: 2');
    feed.leave();
    await feed.over;
  });

  test('sign-out closes the WebSocket and the event stream of that session, and of no other', async () => {
    const [leaving, staying] = [await signedIn('lin'), await signedIn('ada')];
    const socket = await openWebSocket(world, leaving, world.url('dashboard'));
    const other = await openWebSocket(world, staying, world.url('dashboard'));
    serveFeed();
    const feed = await openFeed(world, leaving, world.url('dashboard', '/feed'));
    const question = await leaving.open(world.url('auth', '/.postern/sign-out'));
    await leaving.submit(question, {});
    expect([await socket.closed, await feed.over]).toEqual([3000, 'ended']);
    expect(await socket.reason).toMatchObject({ code: 'login_required', id: expect.stringMatching(/^dec_/) });
    expect(await other.next()).toBe('hello');
    other.socket.send('still here');
    expect(await other.next()).toBe('echo still here');
    other.socket.close();
    await other.closed;
  });

  test('when the admin ends the session its connections close', async () => {
    const browser = await signedIn('lin');
    const socket = await openWebSocket(world, browser, world.url('dashboard'));
    await world.admin(`/api/v1/sessions/${await sessionOf('lin')}`, { method: 'DELETE' });
    expect(await socket.closed).toBe(3000);
    await expect(openWebSocket(world, browser, world.url('dashboard'))).rejects.toThrow('401');
  });

  test('when another program on the same state ends the session, an idle one closes its connections too', async () => {
    const second = await world.startSecond();
    const browser = await signedIn('lin');
    const socket = await openWebSocket(world, browser, world.url('dashboard'), second.tlsPort);
    expect(await socket.next()).toBe('hello');
    await world.admin(`/api/v1/sessions/${await sessionOf('lin')}`, { method: 'DELETE' });
    expect(await socket.closed).toBe(3000);
  });

  test('a connection does not outlive its session', async () => {
    const socket = await openWebSocket(world, await signedIn('ada'), world.url('dashboard'));
    clock.advance(2 * 3_600_000 + 1_000);
    expect(await socket.closed).toBe(3000);
  });
});
