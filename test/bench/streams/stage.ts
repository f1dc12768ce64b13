import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { makeDevelopmentCertificates } from '../../../deploy/demo/development-certificates.ts';
import { startProvider } from '../../support/oidc-provider.ts';
import { startNode, stopChild } from '../contender.ts';
import { freePort } from '../free-port.ts';
import { type Observed, observe } from '../observed.ts';
import { writeProgramFile } from '../program-file.ts';
import { cookieHeader, signIn } from '../sign-in.ts';

const openedAtOnce = 50;
const warmUp = 200;
const adminToken = 'an-admin-token-of-forty-characters-or-so';
const closeFrameStart = 0x88;

/** One open WebSocket, and when its close frame came. */
export interface OpenSocket {
  readonly socket: TLSSocket;
  readonly cutAtMs: Promise<number>;
}

/** Postern over TLS, an app that takes WebSockets and says nothing, and somebody who is signed in. */
export interface StreamsStage {
  readonly port: number;
  readonly ca: string;
  observe(): Promise<Observed>;
  /** Opens WebSockets of one session; how much Postern's memory grew for each, in bytes. */
  open(
    count: number,
  ): Promise<{ readonly sockets: readonly OpenSocket[]; readonly each: Omit<Observed, 'longestPauseMs'> }>;
  admin(method: string, path: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts everything on free ports, in a folder that goes away with it. */
export async function openStreamsStage(): Promise<StreamsStage> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-streams-'));
  const [port, adminPort] = [await freePort(), await freePort()];
  const provider = await startProvider({
    people: [{ id: 'ada', email: 'ada@corp.example', name: 'Ada', groups: ['engineering'] }],
    redirectUris: () => [`https://auth.localhost:${port}/.postern/callback`],
    postLogoutRedirectUris: () => [],
  });
  const app = await startNode(new URL('../contenders/websocket-upstream.ts', import.meta.url).pathname, []);
  const certificates = await makeDevelopmentCertificates(join(folder, 'certificates'), {
    hosts: ['app.localhost', 'auth.localhost'],
    apps: [],
    devices: [],
  });
  const file = writeProgramFile(folder, {
    port,
    adminPort,
    certificates,
    // All of them come from here.
    server: '  limits: { connections_per_address: 20000 }\n',
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
    from: https://app.localhost:${port}
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
  const postern = await startNode(new URL('../contenders/postern-with-streams.ts', import.meta.url).pathname, [file]);
  const ca = readFileSync(certificates.ca, 'utf8');
  const cookie = cookieHeader(await signIn(`https://app.localhost:${port}/`, provider.issuer, ca), 'app.localhost');

  async function openAll(count: number): Promise<readonly OpenSocket[]> {
    const all: OpenSocket[] = [];
    while (all.length < count) {
      const next = Array.from({ length: Math.min(openedAtOnce, count - all.length) }, () => openOne(port, ca, cookie));
      all.push(...(await Promise.all(next)));
    }
    return all;
  }

  return {
    port,
    ca,
    observe: () => observe(postern.child),
    async open(count) {
      for (const { socket } of await openAll(warmUp)) socket.destroy();
      await pause(500);
      const before = await observe(postern.child);
      const sockets = await openAll(count);
      await pause(1_500);
      const after = await observe(postern.child);
      const each = (key: 'rss' | 'heapUsed' | 'external') => (after[key] - before[key]) / count;
      return { sockets, each: { rss: each('rss'), heapUsed: each('heapUsed'), external: each('external') } };
    },
    admin: (method, path) => callAdmin(adminPort, method, path),
    async close() {
      await Promise.all([stopChild(postern.child), stopChild(app.child)]);
      await provider.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function openOne(port: number, ca: string, cookie: string): Promise<OpenSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'app.localhost', ca });
    const { promise: cutAtMs, resolve: cut } = Promise.withResolvers<number>();
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('A WebSocket was closed before it stood.')));
    socket.write(
      `GET /live HTTP/1.1\r\nHost: app.localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nUser-Agent: postern-test-browser\r\nCookie: ${cookie}\r\n\r\n`,
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

function callAdmin(port: number, method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({
      host: '127.0.0.1',
      port,
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
