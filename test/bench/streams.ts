/** What an open WebSocket costs in memory, and how long cutting all of them takes: `npm run bench -- streams`. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect, type TLSSocket } from 'node:tls';
import { parseArgs } from 'node:util';
import { makeDevelopmentCertificates } from '../../deploy/demo/development-certificates.ts';
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { startProvider } from '../support/oidc-provider.ts';
import { startNode, stopChild } from './contender.ts';
import { freePort } from './free-port.ts';
import { writeProgramFile } from './program-file.ts';

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { sockets: { type: 'string', default: '2000' } },
});
const wanted = Number(values.sockets);
const openedAtOnce = 50;
const warmUp = 200;
const adminToken = 'an-admin-token-of-forty-characters-or-so';
const closeFrameStart = 0x88;

const print = (line: string) => void process.stdout.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'postern-bench-streams-'));
const [tls, admin] = [await freePort(), await freePort()];
const provider = await startProvider({
  people: [{ id: 'ada', email: 'ada@corp.example', name: 'Ada', groups: ['engineering'] }],
  redirectUris: () => [`https://auth.localhost:${tls}/.postern/callback`],
  postLogoutRedirectUris: () => [],
});
const app = await startNode(new URL('./contenders/websocket-upstream.ts', import.meta.url).pathname, []);
const certificates = await makeDevelopmentCertificates(join(folder, 'certificates'), {
  hosts: ['app.localhost', 'auth.localhost'],
  apps: [],
  devices: [],
});
const file = writeProgramFile(folder, {
  port: tls,
  adminPort: admin,
  certificates,
  rest: `identity_providers:
  - id: corp
    title: Corp
    issuer: ${provider.issuer}
    client_id: ${provider.clientId}
    client_secret: "\${env:CLIENT_SECRET}"
    scopes: [openid, profile, email, groups]
    factors: { password: { amr: [[pwd]] } }
routes:
  - name: app
    from: https://app.localhost:${tls}
    to: ["http://127.0.0.1:${app.ready['port']}"]
    allow_plaintext_upstream: true
    allow_websockets: true
    allow: [{ id: engineering, groups: [engineering] }]
audit: { path: audit }
`,
});
process.env['STATE_KEY'] = 'a-state-key-of-more-than-thirty-two-characters';
process.env['CLIENT_SECRET'] = provider.clientSecret;
process.env['ADMIN_TOKEN'] = adminToken;
const postern = await startNode(new URL('./contenders/postern-with-streams.ts', import.meta.url).pathname, [file]);
const ca = readFileSync(certificates.ca, 'utf8');

/** Of Postern's process, after its garbage is collected. */
async function memory(): Promise<{ rss: number; heapUsed: number; external: number; longestPauseMs: number }> {
  const { child } = postern;
  if (child.stdout === null) throw new Error('Postern has no output.');
  const lines = createInterface({ input: child.stdout });
  child.kill('SIGUSR2');
  const [line] = await once(lines, 'line');
  lines.close();
  child.stdout.resume();
  return JSON.parse(String(line));
}

async function signIn(browser: HttpBrowser): Promise<void> {
  let page = await browser.open(`https://app.localhost:${tls}/`);
  for (let forms = 0; page.url.startsWith(provider.issuer) && forms < 3; forms += 1)
    page = await browser.submit(page, { login: 'ada' });
  if (page.status !== 200) throw new Error(`Signing in ended with ${page.status}:\n${page.body.slice(0, 500)}`);
}

/** One open WebSocket; the answer tells when the close frame came. */
function open(cookie: string): Promise<{ readonly socket: TLSSocket; readonly cutAtMs: Promise<number> }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: tls, host: '127.0.0.1', servername: 'app.localhost', ca });
    const { promise: cutAtMs, resolve: cut } = Promise.withResolvers<number>();
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('A WebSocket was closed before it stood.')));
    socket.write(
      `GET /live HTTP/1.1\r\nHost: app.localhost:${tls}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nUser-Agent: postern-test-browser\r\nCookie: ${cookie}\r\n\r\n`,
    );
    socket.once('data', (head: Buffer) => {
      if (!head.toString('latin1').startsWith('HTTP/1.1 101')) {
        reject(new Error(`A handshake was refused:\n${head.toString('latin1')}`));
        return;
      }
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => {
        if (bytes[0] === closeFrameStart) cut(performance.now());
      });
      resolve({ socket, cutAtMs });
    });
  });
}

async function openAll(count: number, cookie: string) {
  const all: Awaited<ReturnType<typeof open>>[] = [];
  while (all.length < count) {
    const next = Array.from({ length: Math.min(openedAtOnce, count - all.length) }, () => open(cookie));
    all.push(...(await Promise.all(next)));
  }
  return all;
}

function callAdmin(method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({
      host: '127.0.0.1',
      port: admin,
      path,
      method,
      headers: { authorization: `Bearer ${adminToken}`, accept: 'application/json' },
    });
    call.on('error', reject);
    call.on('response', async (answer) => {
      let body = '';
      for await (const chunk of answer) body += String(chunk);
      resolve(body);
    });
    call.end();
  });
}

/** Asks for a page again and again on one connection; stops when told, and says how long the slowest took. */
function askMeanwhile(): () => Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  let isOver = false;
  const running = (async () => {
    let slowestMs = 0;
    while (!isOver) {
      const began = performance.now();
      await new Promise<void>((resolve, reject) => {
        const ask = secureRequest({
          agent,
          host: '127.0.0.1',
          port: tls,
          servername: 'app.localhost',
          path: '/page',
          headers: { host: `app.localhost:${tls}` },
        });
        ask.on('error', reject);
        ask.on('response', (answer) => answer.resume().on('end', resolve));
        ask.end();
      });
      slowestMs = Math.max(slowestMs, performance.now() - began);
    }
    agent.destroy();
    return slowestMs;
  })();
  return () => {
    isOver = true;
    return running;
  };
}

async function cutAll(streams: Awaited<ReturnType<typeof openAll>>): Promise<void> {
  const stopAsking = askMeanwhile();
  const { sessions } = JSON.parse(await callAdmin('GET', '/api/v1/sessions')) as { sessions: { id: string }[] };
  await new Promise((resolve) => setTimeout(resolve, 200));
  const began = performance.now();
  const answered = Promise.all(sessions.map(({ id }) => callAdmin('DELETE', `/api/v1/sessions/${id}`))).then(
    () => performance.now() - began,
  );
  const times = (await Promise.all(streams.map(({ cutAtMs }) => cutAtMs)))
    .map((at) => at - began)
    .sort((a, b) => a - b);
  const slowest = await stopAsking();
  const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1);
  print(`| time from the call that ends the session until | ms |\n| --- | --- |`);
  print(`| the call is answered | ${(await answered).toFixed(1)} |`);
  print(`| the first, half, and 99 % of the sockets have their close frame | ${at(0)}, ${at(0.5)}, ${at(0.99)} |`);
  print(`| the last of ${times.length} has it | ${at(1)} |`);
  print(`| slowest of the requests that were sent meanwhile | ${slowest.toFixed(1)} |`);
  print(`| longest pause of Postern's event loop meanwhile | ${(await memory()).longestPauseMs.toFixed(1)} |`);
}

try {
  const browser = createHttpBrowser({ ca });
  await signIn(browser);
  const cookie = [...browser.cookiesOf('app.localhost')].map(([name, value]) => `${name}=${value}`).join('; ');
  for (const { socket } of await openAll(warmUp, cookie)) socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = await memory();
  const streams = await openAll(wanted, cookie);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const after = await memory();
  const each = (key: 'rss' | 'heapUsed' | 'external') => ((after[key] - before[key]) / wanted / 1024).toFixed(1);
  print(`${wanted} open WebSockets, TLS to the client, plain to the app:`);
  print(`| memory of each | KiB |\n| --- | --- |`);
  print(`| resident, with OpenSSL and the two sockets | ${each('rss')} |`);
  print(`| JavaScript heap | ${each('heapUsed')} |`);
  print(`| external | ${each('external')} |\n`);
  await cutAll(streams);
  for (const { socket } of streams) socket.destroy();
} finally {
  await Promise.all([stopChild(postern.child), stopChild(app.child)]);
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
}
