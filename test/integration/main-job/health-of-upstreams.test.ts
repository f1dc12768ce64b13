import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../../support/world.ts';

interface App {
  readonly port: number;
  readonly asked: string[];
  readonly hosts: (string | undefined)[];
  /** What it answers its health check with; `undefined`: nothing. */
  health: number | undefined;
  nextCheck(): Promise<void>;
  close(): Promise<void>;
}

const servers: Server[] = [];
let world: World | undefined;

async function startApp(name: string): Promise<App> {
  const asked: string[] = [];
  const hosts: (string | undefined)[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/healthz') {
      hosts.push(request.headers.host);
      for (const resolve of waiting.splice(0)) resolve();
      if (app.health !== undefined) response.writeHead(app.health).end();
      return;
    }
    asked.push(request.url ?? '');
    response.end(name);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const app: App = {
    port: (server.address() as AddressInfo).port,
    asked,
    hosts,
    health: 200,
    nextCheck: () => new Promise((resolve) => void waiting.push(resolve)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return app;
}

afterEach(async () => {
  await world?.close();
  world = undefined;
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const route = (apps: readonly App[], more: string) => `  - name: several
    from: https://several.localhost:TLS_PORT
    to: [${apps.map(({ port }) => `"http://127.0.0.1:${port}"`).join(', ')}]
    allow_plaintext_upstream: true
    public: true
    ${more}
`;

async function open(apps: readonly App[], more: string): Promise<World> {
  world = await startWorld({ routes: route(apps, more), hosts: ['several'] });
  return world;
}

async function ask(one: World, count: number): Promise<readonly string[]> {
  const answers: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const { status, body } = await one.browser().send(one.url('several', `/${at}`));
    answers.push(status === 200 ? body : String(status));
  }
  return answers;
}

/** A check is what moves things on: looks again after each, as often as any test needs. */
async function until(app: App, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let checks = 0; checks < 20; checks += 1) {
    if (await isSo()) return;
    await app.nextCheck();
  }
  throw new Error('It did not become so.');
}

describe('upstreams that are asked whether they are well', () => {
  const check = 'health_check: { path: /healthz, interval: 1s, timeout: 1s }';

  test.each([
    ['answers with an error', 503],
    ['answers nothing', undefined],
  ])('one that %s gets no requests until it is well again', async (_what, health) => {
    const apps = [await startApp('one'), await startApp('two')];
    const [first] = apps;
    if (first === undefined) throw new Error('There is no app.');
    const running = await open(apps, check);
    const isUp = async (value: number): Promise<boolean> => {
      const { body } = await running.admin('/metrics');
      return body.includes(`postern_upstream_up{upstream="http://127.0.0.1:${first.port}"} ${value}`);
    };
    await until(first, () => isUp(1));
    expect(new Set(await ask(running, 4))).toEqual(new Set(['one', 'two']));
    first.health = health;
    await until(first, () => running.log.join('').includes('does not answer its health check (route several)'));
    expect(await isUp(0)).toBe(true);
    // The first failure is told, and the second in a row counts.
    await first.nextCheck();
    await first.nextCheck();
    expect(await ask(running, 6)).toEqual(Array(6).fill('two'));
    first.health = 204;
    await until(first, () => isUp(1));
    expect(new Set(await ask(running, 4))).toEqual(new Set(['one', 'two']));
    expect(new Set(first.hosts)).toEqual(new Set(['several.localhost']));
  });

  test('all of which are unwell get requests all the same', async () => {
    const apps = [await startApp('one'), await startApp('two')];
    for (const app of apps) app.health = 500;
    const running = await open(apps, check);
    for (const app of apps) await until(app, () => app.hosts.length >= 3);
    expect(new Set(await ask(running, 4))).toEqual(new Set(['one', 'two']));
  });
});

describe('an upstream that takes no connection', () => {
  test('costs one try, and requests that may not be sent twice go to the others from then on', async () => {
    const apps = [await startApp('one'), await startApp('two')];
    const running = await open(apps, 'upstream: { timeout: 5s }');
    expect(new Set(await ask(running, 2))).toEqual(new Set(['one', 'two']));
    await apps[0]?.close();
    expect(await ask(running, 2)).toEqual(['two', 'two']);
    const post = { method: 'POST', body: 'x', headers: { origin: new URL(running.url('several')).origin } };
    for (let at = 0; at < 4; at += 1) {
      expect((await running.browser().send(running.url('several', '/post'), post)).body).toBe('two');
    }
  });
});
