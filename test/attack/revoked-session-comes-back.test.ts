import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { leaveProvider } from '../support/attack-sign-in.ts';
import { cookieLine, getBytes, openSocket } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

describe('a session that an administrator ended', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  /** `auth_time` has whole seconds: what happens within one cannot be told apart. */
  async function nextSecond(): Promise<void> {
    const second = Math.floor(Date.now() / 1000);
    while (Math.floor(Date.now() / 1000) === second) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Ends all sessions of somebody. */
  async function revoke(email: string): Promise<void> {
    const { sessions } = JSON.parse((await world.admin('/api/v1/sessions')).body);
    const theirs = sessions.filter((session: { email: string }) => session.email === email);
    expect(theirs.length).toBeGreaterThan(0);
    for (const { id } of theirs) {
      expect((await world.admin(`/api/v1/sessions/${id}`, { method: 'DELETE' })).status).toBeLessThan(300);
    }
  }

  async function upgrade(browser: HttpBrowser) {
    const lines = [cookieLine(browser, 'dashboard'), 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    const bytes = getBytes(world, 'dashboard', '/', [...lines, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']);
    const socket = await openSocket(world, 'dashboard');
    socket.on('error', () => undefined);
    socket.write(bytes.replace('Connection: close', 'Connection: Upgrade'));
    const [first] = await once(socket, 'data');
    return { socket, answer: String(first) };
  }

  test('is refused on its very next request at every app, and single sign-on does not bring it back', async () => {
    const browser = world.browser();
    for (const host of ['wiki', 'dashboard', 'payroll']) await world.signIn(browser, world.url(host), 'ada');
    await revoke('ada@corp.example');
    world.app.seen.length = 0;
    const script = { headers: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'application/json' } };
    for (const host of ['wiki', 'dashboard', 'payroll']) {
      expect((await browser.send(world.url(host), script)).status).toBe(401);
      expect((await browser.send(world.url(host, '/.postern/session'))).status).toBe(401);
    }
    expect((await browser.send(world.url('auth', '/.postern/api/apps'), script)).status).toBe(401);
    expect(world.app.seen).toEqual([]);
    // The provider still knows the person; without a proof that is newer than the revocation nobody comes in.
    const page = await browser.open(world.url('wiki'));
    expect(page.url.startsWith(world.provider.issuer)).toBe(true);
    expect(world.app.seen).toEqual([]);
    expect((await world.signIn(browser, world.url('wiki'), 'ada')).status).toBe(200);
  });

  test('is not brought back by a provider that signs in without asking', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'lin');
    await revoke('lin@corp.example');
    await nextSecond();
    world.app.seen.length = 0;
    world.provider.misbehaviour.ignoresStepUp = true;
    try {
      const page = await browser.open(world.url('wiki'));
      expect(page.status).toBe(403);
      expect((await browser.open(world.url('dashboard'))).status).toBe(403);
      expect(world.app.seen).toEqual([]);
    } finally {
      world.provider.misbehaviour.ignoresStepUp = false;
      leaveProvider(browser);
    }
  });

  test('is not brought back by a ticket that was minted before, nor by a callback that was under way', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    const begun = await browser.send(world.url('dashboard'));
    const handed = await browser.send(begun.headers.location ?? '');
    const ticket = handed.headers.location ?? '';
    expect(ticket).toContain('ticket=');
    await revoke('ada@corp.example');
    expect((await browser.send(ticket)).status).toBeGreaterThanOrEqual(400);
    expect(browser.cookie('dashboard.localhost', '__Host-postern')).toBeUndefined();
  });

  test('closes its WebSockets at once and opens no more', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('dashboard'), 'ada');
    const { socket, answer } = await upgrade(browser);
    expect(answer).toMatch(/^HTTP\/1\.1 101/);
    const closed = once(socket, 'close');
    await revoke('ada@corp.example');
    await closed;
    expect((await upgrade(browser)).answer).toMatch(/^HTTP\/1\.1 401/);
  });

  test('closes its event stream, also one whose answer comes only after the session ended', async () => {
    for (const isLate of [false, true]) {
      const browser = world.browser();
      await world.signIn(browser, world.url('wiki'), 'ada');
      let asked: () => void = () => undefined;
      const isAsked = new Promise<void>((resolve) => {
        asked = resolve;
      });
      let answerNow: () => void = () => undefined;
      world.app.answer = (_request, response) => {
        answerNow = () => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write('data: 1\n\n');
        };
        if (!isLate) answerNow();
        asked();
      };
      const socket = await openSocket(world, 'wiki');
      socket.on('error', () => undefined);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      const data = new Promise((resolve) => socket.once('data', resolve));
      socket.write(getBytes(world, 'wiki', '/events', [cookieLine(browser, 'wiki')]));
      await isAsked;
      if (!isLate) await data;
      await revoke('ada@corp.example');
      if (isLate) answerNow();
      await closed;
      world.app.answer = undefined;
    }
  });

  test('ends a download that is under way', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    const timers = new Set<NodeJS.Timeout>();
    world.app.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      const timer = setInterval(() => response.write(Buffer.alloc(1000)), 10);
      timers.add(timer);
      response.on('close', () => clearInterval(timer));
    };
    const socket = await openSocket(world, 'wiki');
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(getBytes(world, 'wiki', '/download', [cookieLine(browser, 'wiki')]));
    await once(socket, 'data');
    socket.resume();
    await revoke('ada@corp.example');
    await closed;
    for (const timer of timers) clearInterval(timer);
    world.app.answer = undefined;
  });
});
