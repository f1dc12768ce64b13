import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { WebSocketServer } from 'ws';
import {
  type DevelopmentCertificates,
  makeDevelopmentCertificates,
} from '../../../deploy/demo/development-certificates.ts';
import { createPostern } from '../../../src/index.ts';
import { clientKinds } from '../../support/client-kinds.ts';
import { type HostedApp, hostConfiguration, startHost } from '../../support/express-host.ts';
import { type Answer, createHttpBrowser, type HttpBrowser } from '../../support/http-browser.ts';
import { openFeed, openWebSocket } from '../../support/live-connections.ts';
import { startProvider, type TestProvider } from '../../support/oidc-provider.ts';
import { freePort, people } from '../../support/world.ts';

let folder: string;
let certificates: DevelopmentCertificates;
let provider: TestProvider;
let port: number;
let host: HostedApp | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-express-'));
  certificates = await makeDevelopmentCertificates(join(folder, 'certificates'), {
    hosts: ['notes', 'open', 'auth', 'unknown'].map((name) => `${name}.localhost`),
    apps: [],
    devices: [],
  });
  port = await freePort();
  provider = await startProvider({
    people,
    redirectUris: () => ['https', 'http'].map((scheme) => `${scheme}://auth.localhost:${port}/.postern/callback`),
    postLogoutRedirectUris: () => [],
  });
});
afterEach(async () => {
  await host?.close();
  host = undefined;
});
afterAll(async () => {
  await provider?.close();
  rmSync(folder, { recursive: true, force: true });
});

const url = (name: string, path = '/', scheme = 'https') => `${scheme}://${name}.localhost:${port}${path}`;
const newBrowser = () => createHttpBrowser({ ca: readFileSync(certificates.ca, 'utf8') });

// `plainHttp` also accepts the test's provider, which has no certificate; the application itself is served over TLS.
const start = (
  mount: Parameters<typeof startHost>[4],
  changes = {},
  tls: DevelopmentCertificates | undefined = certificates,
) => startHost(hostConfiguration(folder, provider, port, changes), { plainHttp: true }, port, tls, mount);

async function signIn(browser: HttpBrowser, target: string, person: string): Promise<Answer> {
  const page = await browser.open(target);
  return page.url.startsWith(provider.issuer) ? browser.submit(page, { login: person }) : page;
}

describe('Postern in front of an Express application', () => {
  test('signs people in, hands on the canonical target and the settled headers, and denies others', async () => {
    host = await start((app, postern) => {
      app.use(postern.middleware);
      app.use(express.json());
    });
    const browser = newBrowser();
    const page = await signIn(browser, url('notes', '/a%2Db?x=1'), 'lin');
    expect([page.status, page.url]).toEqual([200, url('notes', '/a-b?x=1')]);
    const again = await browser.send(url('notes', '/%7Enotes/1?x=%20'), {
      method: 'POST',
      body: '{"text":"hi"}',
      headers: {
        ...clientKinds.script,
        'content-type': 'application/json',
        'X-Postern-User': 'root',
        connection: 'x-internal',
        'x-internal': '1',
      },
    });
    const seen = JSON.parse(again.body);
    expect(seen).toMatchObject({
      url: '/~notes/1?x=%20',
      originalUrl: '/~notes/1?x=%20',
      path: '/~notes/1',
      body: { text: 'hi' },
    });
    expect(seen.headers).toMatchObject({ 'x-postern-user': 'lin', 'x-postern-groups': 'engineering' });
    expect(seen.headers['x-postern-assertion']).toMatch(/^ey/);
    expect([seen.headers.cookie, seen.headers['x-internal']]).toEqual([undefined, undefined]);
    expect(seen.rawHeaders.join()).not.toContain('root');
    expect(seen.rawHeaders.join().toLowerCase()).not.toContain('__host-postern');

    const denied = await signIn(newBrowser(), url('notes'), 'kim');
    expect(denied.status).toBe(403);
    expect(denied.headers['postern-decision-id']).toMatch(/^dec_/);
    const open = await newBrowser().send(url('open'), { headers: { 'x-postern-user': 'root' } });
    expect([open.status, JSON.parse(open.body).headers['x-postern-user']]).toEqual([200, undefined]);
    expect((await newBrowser().send(url('unknown'))).status).toBe(404);
  });

  test.each(['before', 'after'])('guards WebSockets of a server that was added %s attach', async (when) => {
    const connections: (string | undefined)[] = [];
    const addSockets = (server: HostedApp['server']) => {
      new WebSocketServer({ server }).on('connection', (socket, request) => {
        connections.push(String(request.headers['x-postern-user']));
        socket.send(`hello ${String(request.headers['x-postern-user'])} at ${request.url}`);
      });
    };
    host = await start((app, postern, server) => {
      app.use(postern.middleware);
      if (when === 'before') addSockets(server);
      postern.attach(server);
      if (when === 'after') addSockets(server);
    });
    const world = { certificates } as Parameters<typeof openWebSocket>[0];
    await expect(openWebSocket(world, newBrowser(), url('notes'))).rejects.toThrow('401');
    const kim = newBrowser();
    await signIn(kim, url('notes'), 'kim');
    await expect(openWebSocket(world, kim, url('notes'))).rejects.toThrow('403');
    expect(connections).toEqual([]);
    const browser = newBrowser();
    await signIn(browser, url('notes'), 'lin');
    await expect(openWebSocket(world, browser, url('notes'), undefined, 'https://evil.example')).rejects.toThrow('403');
    const live = await openWebSocket(world, browser, url('notes', '/%6Cive?a=1'));
    expect(await live.next()).toBe('hello lin at /live?a=1');
    expect(connections).toEqual(['lin']);

    await host.postern.close();
    expect(await live.closed).toBe(1006);
  });

  test('an event stream of the application closes with its session', async () => {
    host = await start((app, postern) => {
      app.use(postern.middleware);
      app.get('/feed', (_request, response) => {
        response.setHeader('content-type', 'text/event-stream');
        response.write('data: 1\n\n');
      });
    });
    const world = { certificates } as Parameters<typeof openFeed>[0];
    const browser = newBrowser();
    await signIn(browser, url('notes'), 'lin');
    const feed = await openFeed(world, browser, url('notes', '/feed'));
    expect(await feed.next()).toContain('data: 1');
    const question = await browser.open(url('auth', '/.postern/sign-out'));
    await browser.submit(question, {});
    expect(await feed.over).toBe('cut');
  });

  test('close() lets a running request of the application finish', async () => {
    const held = Promise.withResolvers<express.Response>();
    host = await start((app, postern) => {
      app.use(postern.middleware);
      app.get('/slow', (_request, response) => held.resolve(response));
    });
    const browser = newBrowser();
    await signIn(browser, url('notes'), 'lin');
    const slow = browser.send(url('notes', '/slow'));
    const response = await held.promise;
    const closed = host.postern.close();
    response.send('worth waiting for');
    expect((await slow).body).toBe('worth waiting for');
    await closed;
  });

  test('refuses to run on a server whose upgrades it does not see', async () => {
    host = await start((app, postern, server) => {
      app.use(postern.middleware);
      new WebSocketServer({ server });
    });
    expect((await newBrowser().send(url('open'))).status).toBe(500);
    expect(host.errors[0]?.message).toContain('postern.attach(server)');
  });

  test('refuses to run below the root', async () => {
    host = await start((app, postern) => void app.use('/notes', postern.middleware));
    expect((await newBrowser().send(url('open', '/notes/1'))).status).toBe(500);
    expect(host.errors[0]?.message).toContain('at the root');
  });

  test('refuses to run behind a body parser', async () => {
    host = await start((app, postern) => {
      app.use(express.json());
      app.use(postern.middleware);
    });
    const sent = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    expect((await newBrowser().send(url('open'), sent)).status).toBe(500);
    expect(host.errors[0]?.message).toContain('before anything that reads bodies');
  });

  test('after close() a request gets a 503 and never reaches the application', async () => {
    host = await start((app, postern) => void app.use(postern.middleware));
    const browser = newBrowser();
    await signIn(browser, url('notes'), 'lin');
    await host.postern.close();
    for (const name of ['notes', 'open']) {
      const answer = await browser.send(url(name));
      expect([name, answer.status]).toEqual([name, 503]);
    }
  });
});

describe('plain HTTP', () => {
  test('is refused unless the application asked for it', async () => {
    host = await startHost(hostConfiguration(folder, provider, port), {}, port, undefined, (app, postern) => {
      app.use(postern.middleware);
    });
    const answer = await newBrowser().send(url('open', '/', 'http'));
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('https://');
  });

  test('serves loopback where it was asked for', async () => {
    const mount: Parameters<typeof startHost>[4] = (app, postern) => void app.use(postern.middleware);
    host = await startHost(hostConfiguration(folder, provider, port), { plainHttp: true }, port, undefined, mount);
    const page = await signIn(newBrowser(), url('notes', '/', 'http'), 'lin');
    expect([page.status, page.url]).toEqual([200, url('notes', '/', 'http')]);
  });

  test('is for hosts under localhost alone', async () => {
    const server = { auth_host: 'auth.corp.example' };
    const made = createPostern(hostConfiguration(folder, provider, port, { server }), { plainHttp: true });
    await expect(made).rejects.toThrow('auth.corp.example');
  });
});

describe('the configuration', () => {
  test('as an object with mistakes is refused with all of them', async () => {
    const routes = [{ name: 'a', from: 'https://a.localhost', to: 'next', alow: [] }];
    const made = createPostern(hostConfiguration(folder, provider, port, { routes, sesion: {} }));
    await expect(made).rejects.toThrow(/alow[\s\S]*sesion|sesion[\s\S]*alow/);
  });

  test('with an admin listener opens it, and close() closes it', async () => {
    const adminPort = await freePort();
    const admin = { listen: `127.0.0.1:${adminPort}`, token: 'an-admin-token-of-forty-characters-or-so' };
    host = await start((app, postern) => void app.use(postern.middleware), { admin });
    const ready = await createHttpBrowser().send(`http://127.0.0.1:${adminPort}/readyz`);
    expect([ready.status, JSON.parse(ready.body).status]).toEqual([200, 'ready']);
    await host.postern.close();
    await expect(createHttpBrowser().send(`http://127.0.0.1:${adminPort}/readyz`)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});
