import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cookieLine, getBytes, openSocket } from '../support/attack-socket.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const crowd = Array.from({ length: 8 }, (_, number) => ({
  id: `person${number}`,
  email: `person${number}@corp.example`,
  name: `Person Number ${number}`,
  groups: ['engineering', `team-${number}`, ...(number % 2 === 0 ? ['finance'] : [])],
}));

describe('many people at the same moment', () => {
  let world: World;
  const browsers: HttpBrowser[] = [];
  beforeAll(async () => {
    world = await startWorld({ people: crowd });
  });
  afterAll(() => world?.close());

  test('sign in at once, and each is themselves', async () => {
    const pages = await Promise.all(
      crowd.map(({ id }) => {
        const browser = world.browser();
        browsers.push(browser);
        return world.signIn(browser, world.url('dashboard', `/${id}`), id);
      }),
    );
    for (const [number, page] of pages.entries()) expectOwn(number, JSON.parse(page.body), `/person${number}`);
  });

  test('ask at once, interleaved with failures of others, and nobody gets a byte of another', async () => {
    world.app.answer = (request, response) => {
      // Answers come back in another order than they were asked in, in pieces; some fail midway.
      const number = Number(/person(\d)/.exec(request.url ?? '')?.[1]);
      setTimeout(
        () => {
          if (request.url?.includes('broken') === true) return void response.destroy();
          response.writeHead(200, { 'content-type': 'application/json' });
          response.write(JSON.stringify({ url: request.url, headers: request.headers }).slice(0, 20));
          setImmediate(() => response.end(JSON.stringify({ url: request.url, headers: request.headers }).slice(20)));
        },
        (8 - number) * 2,
      );
    };
    const asked: Promise<void>[] = [];
    for (let round = 0; round < 12; round += 1) {
      for (const [number, browser] of browsers.entries()) {
        const path = `/person${number}/${round}`;
        asked.push(
          browser.send(world.url('dashboard', path)).then((answer) => expectOwn(number, JSON.parse(answer.body), path)),
        );
        if (round % 4 === 0) {
          asked.push(
            browser.send(world.url('dashboard', `${path}/broken`)).then((answer) => {
              expect(answer.status).toBe(502);
              expectNobodyElse(number, answer.body);
            }),
          );
          asked.push(browser.send(world.url('payroll', path)).then((answer) => expectNobodyElse(number, answer.body)));
          asked.push(
            browser.send(world.url('auth')).then((answer) => {
              expect(answer.body.includes(`person${number}@corp.example`)).toBe(true);
              expectNobodyElse(number, answer.body);
            }),
          );
        }
      }
    }
    await Promise.all(asked);
    world.app.answer = undefined;
  }, 30_000);

  test('behind one connection, as behind a proxy of theirs, are told apart request by request', async () => {
    const socket = await openSocket(world, 'dashboard');
    const texts: string[] = [];
    const done = new Promise<void>((resolve) =>
      socket.on('data', (chunk) => {
        texts.push(String(chunk));
        if (texts.join('').split('"body":""}').length === 17) resolve();
      }),
    );
    for (let number = 0; number < 16; number += 1) {
      const browser = browsers[number % 8];
      if (browser === undefined) throw new Error('Nobody has signed in.');
      socket.write(
        getBytes(world, 'dashboard', `/person${number % 8}`, [cookieLine(browser, 'dashboard')]).replace(
          'Connection: close\r\n',
          '',
        ),
      );
    }
    await done;
    socket.destroy();
    const bodies = [...texts.join('').matchAll(/\{"app":.*?"body":""\}/g)].map((match) => JSON.parse(match[0]));
    expect(bodies).toHaveLength(16);
    for (const [index, body] of bodies.entries()) expectOwn(index % 8, body, `/person${index % 8}`);
  });

  test('sign out one by one, and nobody else is signed out', async () => {
    const sessions = JSON.parse((await world.admin('/api/v1/sessions')).body).sessions;
    const first = sessions.find((session: { user?: unknown }) => JSON.stringify(session).includes('person0@'));
    await world.admin(`/api/v1/sessions/${first.id}`, { method: 'DELETE' });
    const statuses = await Promise.all(
      browsers.map(async (browser) => (await browser.send(world.url('dashboard'))).status),
    );
    expect(statuses).toEqual([302, 200, 200, 200, 200, 200, 200, 200]);
  });

  function expectOwn(number: number, seen: { url: string; headers: Record<string, string> }, path: string): void {
    expect(seen.url).toBe(path);
    expect(seen.headers['x-postern-user']).toBe(`person${number}`);
    expect(seen.headers['x-postern-groups']).toContain(`team-${number}`);
    const [, payload = ''] = (seen.headers['x-postern-assertion'] ?? '').split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString()).sub).toBe(`person${number}`);
    expectNobodyElse(number, JSON.stringify(seen));
  }

  function expectNobodyElse(number: number, text: string): void {
    const others = [...text.matchAll(/(?:person|team-|Person Number )(\d)/g)].map((match) => Number(match[1]));
    expect(others.filter((other) => other !== number)).toEqual([]);
  }
});
