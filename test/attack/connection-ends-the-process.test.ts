import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { runCampaign } from '../fuzz/campaign.ts';
import type { FuzzTarget } from '../fuzz/play.ts';
import { dialTls, fuzzHostNames, fuzzRoutes, listenersOf, signInForFuzz } from '../fuzz/targets.ts';
import { createFuzzApp, serveFuzzApp } from '../fuzz/upstream.ts';
import { type HostedApp, hostConfiguration, startHost } from '../support/express-host.ts';
import { freePort, startWorld, type World } from '../support/world.ts';

/** Another one plays other bytes; `npm run fuzz` plays them for as long as it is told to. */
const seed = 1;

const deaths: unknown[] = [];
const onDeath = (cause: unknown) => void deaths.push(cause);
const violations: string[] = [];
const app = createFuzzApp((what) => violations.push(what));
let served: Awaited<ReturnType<typeof serveFuzzApp>>;

beforeAll(async () => {
  process.on('uncaughtExceptionMonitor', onDeath);
  process.on('unhandledRejection', onDeath);
  served = await serveFuzzApp(app);
});
afterEach(() => {
  expect(deaths).toEqual([]);
  expect(violations.splice(0)).toEqual([]);
});
afterAll(async () => {
  await served?.close();
  process.off('uncaughtExceptionMonitor', onDeath);
  process.off('unhandledRejection', onDeath);
});

/** Sends these bytes in one write and answers with all that comes back until the connection ends. */
async function talk(target: FuzzTarget, bytes: string): Promise<string> {
  const { socket } = await target.open();
  return new Promise((resolve) => {
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
    socket.write(bytes);
  });
}

function get(target: FuzzTarget, path: string, lines: readonly string[] = []): string {
  return [`GET ${path} HTTP/1.1`, `Host: ${target.hosts.served[0].host}`, ...lines, '', ''].join('\r\n');
}

const upgradeLines = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: x'];
const play = (targets: readonly [FuzzTarget, ...FuzzTarget[]], scripts: number) =>
  runCampaign(targets, {
    seed,
    atOnce: 8,
    goesOn: (played) => played < scripts,
    violated: (what) => violations.push(what),
  });

describe('one connection does not end the program', () => {
  let world: World;
  let targets: ReturnType<typeof listenersOf>;
  beforeAll(async () => {
    const redirectPort = await freePort();
    world = await startWorld({
      routes: fuzzRoutes(served.port),
      hosts: fuzzHostNames,
      server: `  redirect_http: 127.0.0.1:${redirectPort}`,
    });
    const [steady, loose] = [await signInForFuzz(world, 'ada'), await signInForFuzz(world, 'lin')];
    targets = listenersOf(world, { steady, loose }, redirectPort);
  });
  afterAll(async () => {
    await world?.close();
  });

  test('by an upgrade behind an open answer: the answer comes whole, and the app hears of no upgrade', async () => {
    for (const target of targets) {
      const before = app.counts.upgrades;
      const heard = await talk(target, get(target, '/long/q000000000001k0z') + get(target, '/plain/x', upgradeLines));
      expect(heard).toMatch(/^HTTP\/1\.1 \d{3} /);
      if (target.hosts.hasApp) {
        expect(heard).toMatch(/^HTTP\/1\.1 200 OK/);
        expect(heard.split('q000000000001k0z').length).toBeGreaterThan(10_000);
        expect(heard).toMatch(/HTTP\/1\.1 400 Bad Request\r\n(?:.+\r\n)*\r\n\{.*"code":"request_malformed"/);
      }
      expect(app.counts.upgrades).toBe(before);
    }
  });

  test('by rubbish behind an open answer: the answer comes whole and first', async () => {
    for (const target of targets.filter(({ hosts }) => hosts.hasApp)) {
      const heard = await talk(target, `${get(target, '/late/q000000000002k0z')}nonsense\r\n\r\n`);
      expect(heard.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    }
  });

  test('by whatever it sends', async () => {
    await play(targets, 500);
    expect(app.counts.requests).toBeGreaterThan(100);
    expect((await world.admin('/metrics')).body).not.toMatch(/postern_connections_broken_total\{.*\} [1-9]/);
  }, 60_000);
});

describe('one connection does not end an application with Postern in front of it', () => {
  let folder: string;
  let world: World;
  let host: HostedApp;
  let target: FuzzTarget;
  const broken: string[] = [];
  let isListenerBroken = false;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postern-fuzz-'));
    world = await startWorld({ hosts: ['notes', 'open'] });
    const port = await freePort();
    const from = (name: string) => ({
      name,
      from: `https://${name}.localhost:${port}`,
      to: 'next',
      allow_websockets: true,
    });
    const configuration = hostConfiguration(folder, world.provider, port, {
      routes: [
        { ...from('notes'), allow: [{ id: 'engineering', groups: ['engineering'] }] },
        { ...from('open'), public: true },
      ],
    });
    const attach = (server: Server) => {
      server.on('upgrade', (request, socket) => {
        if (isListenerBroken) throw new Error('The application did not expect that.');
        app.upgrade(request, socket);
      });
    };
    const log = {
      info: () => undefined,
      warn: () => undefined,
      error: ({ err }: { err?: { cause?: { message?: string } } }) =>
        void broken.push(err?.cause?.message ?? String(err)),
    };
    host = await startHost(
      configuration,
      { plainHttp: true, log },
      port,
      world.certificates,
      (express, postern, server) => {
        express.use(postern.middleware);
        express.use(app.request);
        attach(server);
        postern.attach(server);
      },
    );
    const ca = readFileSync(world.certificates.ca);
    const at = (name: string) => ({ host: `${name}.localhost:${port}` });
    target = {
      name: 'host application',
      hosts: {
        hasApp: true,
        served: [at('open')],
        refused: [at('notes'), at('nowhere'), at('auth')],
        sockets: at('open'),
      },
      open: () => dialTls(port, ca),
    };
  });
  afterAll(async () => {
    await host?.close();
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('by an upgrade behind an open answer', async () => {
    const heard = await talk(target, get(target, '/late/q000000000003k0z') + get(target, '/plain/x', upgradeLines));
    expect(heard).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(heard).not.toContain('101 Switching');
  });

  test('by an upgrade that its own listener does not expect', async () => {
    isListenerBroken = true;
    expect(await talk(target, get(target, '/plain/x', upgradeLines))).not.toContain('101 Switching');
    isListenerBroken = false;
    expect(await talk(target, get(target, '/plain/x', ['Connection: close']))).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(broken.splice(0)).toEqual(['The application did not expect that.']);
  });

  test('by whatever it sends', async () => {
    await play([target], 150);
    expect(broken).toEqual([]);
  }, 60_000);
});
