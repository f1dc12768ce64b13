import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Authority, createAuthority } from '../support/development-certificates.ts';
import { getRequest } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

let authority: Authority;
let names: unknown[];

beforeAll(async () => {
  authority = await createAuthority();
});

const hosts = ['app.example', 'evil.example', 'evil.example:443', 'EVIL.example.', '127.0.0.1', '[::1]'];
const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13'];

async function ask(serverName: string | undefined, certificateName: string): Promise<number> {
  names = [];
  let connections = 0;
  const certificate = await authority.issueServerCertificate([certificateName]);
  await wire.startTlsUpstream(certificate, (_request, response) => response.end('ok'));
  wire.upstream.server.on('secureConnection', (socket: TLSSocket) => {
    names.push(socket.servername);
    connections += 1;
  });
  wire.upstream.server.on('upgrade', (_request, socket) =>
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
  );
  await wire.startProxy({ target: { ca: authority.ca, serverName } });
  for (const host of hosts) {
    expect(await wire.send(getRequest('/', [], host))).toMatch(/^HTTP\/1\.1 200 OK/);
  }
  const requests = connections;
  for (const host of hosts) {
    const text = getRequest('/', upgrade, host).replace('Connection: close', 'Connection: Upgrade');
    expect(await wire.send(text)).toMatch(/^HTTP\/1\.1 403 Forbidden/);
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
