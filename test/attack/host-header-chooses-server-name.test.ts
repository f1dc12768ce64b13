import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Authority, createAuthority } from '../support/development-certificates.ts';
import {
  getRequest,
  type RunningProxy,
  type RunningServer,
  sendRaw,
  startProxy,
  startTlsUpstream,
} from '../support/wire-proxy.ts';

let authority: Authority;
let upstream: RunningServer;
let proxy: RunningProxy;
let names: unknown[];

beforeAll(async () => {
  authority = await createAuthority();
});

afterEach(async () => {
  await proxy.close();
  await upstream.close();
});

const hosts = ['app.example', 'evil.example', 'evil.example:443', 'EVIL.example.', '127.0.0.1', '[::1]'];
const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13'];

async function ask(serverName: string | undefined, certificateName: string): Promise<number> {
  names = [];
  let connections = 0;
  const certificate = await authority.issueServerCertificate([certificateName]);
  upstream = await startTlsUpstream(certificate, (_request, response) => response.end('ok'));
  upstream.server.on('secureConnection', (socket: TLSSocket) => {
    names.push(socket.servername);
    connections += 1;
  });
  upstream.server.on('upgrade', (_request, socket) =>
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
  );
  proxy = await startProxy({ upstreams: [upstream.url], target: { ca: authority.ca, serverName } });
  for (const host of hosts) {
    expect(await sendRaw(proxy.port, getRequest('/', [], host))).toMatch(/^HTTP\/1\.1 200 OK/);
  }
  const requests = connections;
  for (const host of hosts) {
    const text = getRequest('/', upgrade, host).replace('Connection: close', 'Connection: Upgrade');
    expect(await sendRaw(proxy.port, text)).toMatch(/^HTTP\/1\.1 403 Forbidden/);
  }
  return requests;
}

test('the configured name is sent and checked, for requests and upgrades, whatever the Host header', async () => {
  expect(await ask('app.internal', 'app.internal')).toBe(1);
  expect(new Set(names)).toEqual(new Set(['app.internal']));
});

test('an upstream named by its address gets no name and is checked against the address', async () => {
  expect(await ask(undefined, '127.0.0.1')).toBe(1);
  expect(new Set(names)).toEqual(new Set([false]));
});
