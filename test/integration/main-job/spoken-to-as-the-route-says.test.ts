import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import { cookieLine } from '../../support/attack-socket.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { startWorld, type World } from '../../support/world.ts';

const app = 'to: [APP], tls_upstream_server_name: app.internal, tls_custom_ca_file: "CA_FILE"';
const allow = 'allow: [{ id: readers, groups: [engineering] }], allow_websockets: true';
const named = (name: string, upstream: string) =>
  `  - { name: ${name}, from: "https://${name}.localhost:TLS_PORT", ${app}, upstream: { ${upstream} }, ${allow} }\n`;
const routes = [
  named('plain', ''),
  named('inner', 'host_header: upstream, rewrite_location: true'),
  named('written', 'host_header: app.internal, forwarded_headers: all'),
  named('small', 'body_bytes: 1KiB'),
  named('quick', 'timeout: 1s'),
].join('');
const hosts = ['plain', 'inner', 'written', 'small', 'quick'];

let world: World;
let browser: HttpBrowser;
beforeAll(async () => {
  world = await startWorld({ routes, hosts });
  browser = world.browser();
  await world.signIn(browser, world.url('plain'), 'lin');
  for (const host of hosts) await browser.open(world.url(host));
});
afterAll(() => world?.close());
afterEach(() => {
  world.app.answer = undefined;
});

const seen = () => world.app.seen.at(-1)?.headers ?? {};
const authority = (host: string) => new URL(world.url(host)).host;

describe('an app', () => {
  test('gets the host that people typed, its own, or the one that is written down', async () => {
    await browser.send(world.url('plain'));
    expect(seen().host).toBe(authority('plain'));
    await browser.send(world.url('inner'));
    expect(seen().host).toBe(`127.0.0.1:${world.app.port}`);
    expect(seen()['x-forwarded-host']).toBe(authority('inner'));
    await browser.send(world.url('written'));
    expect(seen().host).toBe('app.internal');
    expect(seen()['x-forwarded-host']).toBe(authority('written'));
  });

  test('gets the same host in the handshake of a WebSocket', async () => {
    const hostOf = (name: string) =>
      new Promise<string | undefined>((resolve, reject) => {
        world.app.onUpgrade = (request) => resolve(request.headers.host);
        const [, cookie = ''] = cookieLine(browser, name).split(': ');
        const headers = { cookie, 'user-agent': 'postern-test-browser', origin: `https://${authority(name)}` };
        const url = `wss://127.0.0.1:${world.addresses.tlsPort}/socket`;
        const ca = readFileSync(world.certificates.ca, 'utf8');
        const socket = new WebSocket(url, [], {
          headers: { ...headers, host: authority(name) },
          agent: new Agent({ servername: `${name}.localhost`, ca }),
        });
        socket.on('error', reject);
        socket.on('open', () => socket.close());
      });
    expect(await hostOf('plain')).toBe(authority('plain'));
    expect(await hostOf('inner')).toBe(`127.0.0.1:${world.app.port}`);
    expect(await hostOf('written')).toBe('app.internal');
  });

  test('is told more of the client where its route says so, and only what is true', async () => {
    const lies = {
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
      'x-forwarded-port': '1',
      'x-forwarded-prefix': '/x',
    };
    await browser.send(world.url('plain'), { headers: lies });
    for (const name of Object.keys(lies)) expect(seen()).not.toHaveProperty(name);
    await browser.send(world.url('written'), { headers: lies });
    expect(seen()).toMatchObject({
      'x-real-ip': '127.0.0.1',
      'x-forwarded-port': String(world.addresses.tlsPort),
      forwarded: `for=127.0.0.1;host="${authority('written')}";proto=https`,
    });
    expect(seen()).not.toHaveProperty('x-forwarded-prefix');
  });

  test('that names its inner address leads people to the outer one', async () => {
    world.app.answer = (_request, response) => {
      response.setHeader('Location', `https://127.0.0.1:${world.app.port}/login?x=1`);
      response.setHeader('Set-Cookie', ['one=1; Domain=127.0.0.1; Path=/', 'two=2; Path=/']);
      response.writeHead(302).end();
    };
    const answer = await browser.send(world.url('inner'));
    expect(answer.headers.location).toBe(world.url('inner', '/login?x=1'));
    expect(answer.headers['set-cookie']).toEqual(['one=1; Path=/', 'two=2; Path=/']);
    const plain = await browser.send(world.url('plain'));
    expect(plain.headers.location).toContain('127.0.0.1');
  });

  test('gets no larger body than its route takes, and has as long as its route says', async () => {
    const post = { method: 'POST', body: 'x'.repeat(1025), headers: { origin: new URL(world.url('small')).origin } };
    expect((await browser.send(world.url('small'), post)).status).toBe(413);
    const other = { ...post, headers: { origin: new URL(world.url('plain')).origin } };
    expect((await browser.send(world.url('plain'), other)).status).toBe(200);
    world.app.answer = () => undefined;
    expect((await browser.send(world.url('quick'))).status).toBe(504);
  });
});
