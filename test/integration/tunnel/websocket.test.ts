import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { type Authority, createAuthority } from '../../support/development-certificates.ts';
import { type ProxyOptions, pairsOf, type RunningServer, startUpstream } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
});

function echo(server: RunningServer): WebSocketServer {
  const sockets = new WebSocketServer({ server: server.server });
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  return sockets;
}

async function startPlain(options: Partial<ProxyOptions> = {}): Promise<void> {
  await wire.open((_request, response) => {
    response.statusCode = 426;
    response.end();
  }, options);
}

function open(path = '/live', headers: Record<string, string> = {}): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${wire.proxy.port}${path}`, ['v1'], {
    headers: { host: 'app.example', ...headers },
  });
}

const handshake = (upgrade: string, more = '') =>
  `GET /live HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${more}\r\n`;

test('a tunnel carries messages both ways, of any size', async () => {
  await startPlain();
  echo(wire.upstream);
  const client = open();
  await once(client, 'open');
  expect(client.protocol).toBe('v1');
  for (const size of [1, 70_000, 3_000_000]) {
    const sent = Buffer.alloc(size, 'x');
    client.send(sent);
    const [received] = (await once(client, 'message')) as [Buffer];
    expect(received.equals(sent)).toBe(true);
  }
  expect(wire.proxy.tunnels).toEqual([101]);
  client.close();
  await once(client, 'close');
});

test('the handshake has the settled headers and the very path that was matched', async () => {
  await startPlain({ identity: ['x-postern-user', 'ada'] });
  let url: string | undefined;
  let seen: [string, string][] = [];
  wire.upstream.server.on('upgrade', (request) => {
    url = request.url;
    seen = pairsOf(request.rawHeaders);
  });
  echo(wire.upstream);
  const client = open('/%61/http:/b?next=http://c//d', {
    x_postern_user: 'mallory',
    cookie: '__Host-postern=secret; theme=dark',
    'x-forwarded-for': '6.6.6.6',
  });
  await once(client, 'open');
  expect(url).toBe('/a/http:/b?next=http://c//d');
  expect(seen.filter(([name]) => name.replaceAll('_', '-') === 'x-postern-user')).toEqual([['x-postern-user', 'ada']]);
  expect(seen).toEqual(
    expect.arrayContaining([
      ['host', 'app.example'],
      ['cookie', 'theme=dark'],
      ['x-forwarded-for', '192.0.2.1'],
      ['upgrade', 'websocket'],
    ]),
  );
  client.terminate();
});

test.each(['client', 'upstream'])('when the %s leaves, both sides are closed, 10 times of 10', async (who) => {
  await startPlain();
  const server = echo(wire.upstream);
  for (let count = 0; count < 10; count++) {
    const arrived = once(server, 'connection');
    const client = open();
    await once(client, 'open');
    const [other] = (await arrived) as [WebSocket];
    const [leaving, left] = who === 'client' ? [client, other] : [other, client];
    leaving.terminate();
    await once(left, 'close');
  }
  while (wire.upstream.sockets.size > 0 || wire.proxy.sockets.size > 0) await new Promise(setImmediate);
});

test('our destroying the client’s socket closes the upstream’s', async () => {
  await startPlain();
  const server = echo(wire.upstream);
  const arrived = once(server, 'connection');
  const client = open();
  client.on('error', () => undefined);
  const [other] = (await arrived) as [WebSocket];
  for (const socket of wire.proxy.sockets) socket.destroy();
  await once(other, 'close');
});

test('an upstream that rejects the upgrade has its answer passed on, without what is not the app’s to say', async () => {
  await startPlain();
  wire.upstream.server.on('upgrade', (_request, socket) => {
    socket.end(
      'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="app"\r\nSet-Cookie: __Host-postern=stolen\r\nTransfer-Encoding: chunked\r\nKeep-Alive: timeout=9\r\n\r\n2\r\nno\r\n0\r\n\r\n',
    );
  });
  const received = await wire.send(handshake('websocket'));
  expect(received).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
  expect(received).toMatch(/www-authenticate: Basic realm="app"/);
  expect(received).toMatch(/\r\n\r\nno$/);
  expect(received).not.toMatch(/stolen|transfer-encoding|timeout=9/i);
  expect(wire.proxy.tunnels).toEqual([401]);
});

test('cookies of ours are taken out of the answer to a handshake', async () => {
  await startPlain();
  const server = echo(wire.upstream);
  server.on('headers', (headers) => headers.push('Set-Cookie: __Host-postern=stolen', 'Set-Cookie: a=1'));
  const client = open();
  const [answer] = await once(client, 'upgrade');
  expect(answer.headers['set-cookie']).toEqual(['a=1']);
  client.terminate();
});

test('no connection is a fault while nothing was sent', async () => {
  await startPlain();
  await wire.upstream.close();
  expect(await wire.send(handshake('websocket'))).toMatch(/^HTTP\/1\.1 502 /);
  expect(wire.proxy.faults.map((fault) => fault.code)).toEqual(['upstream_unreachable']);
});

test.each([
  ['hangs up', (socket: import('node:stream').Duplex) => socket.destroy(), 'upstream_broken'],
  [
    'says something that is not HTTP',
    (socket: import('node:stream').Duplex) => socket.end('nonsense\r\n\r\n'),
    'upstream_broken',
  ],
  ['never answers', () => undefined, 'upstream_timeout'],
])('an upstream that %s before it has answered is a fault while nothing was sent', async (_, act, code) => {
  await startPlain({ limits: { requestTimeoutMs: 200 } });
  wire.upstream.server.on('upgrade', (_request, socket) => act(socket));
  expect(await wire.send(handshake('websocket'))).toMatch(/^HTTP\/1\.1 502 /);
  expect(wire.proxy.faults.map((fault) => fault.code)).toEqual([code]);
});

test('the next upstream stands in for one that takes no connection', async () => {
  await startPlain();
  await wire.proxy.close();
  const gone = await startUpstream(() => undefined);
  await gone.close();
  await wire.startProxy({ upstreams: [gone.url, wire.upstream.url] });
  echo(wire.upstream);
  const client = open();
  await once(client, 'open');
  client.terminate();
});

test('a client that breaks off at any moment ends no process and leaves nothing open', async () => {
  await startPlain();
  const server = echo(wire.upstream);
  for (const wait of [0, 1, 2, 3]) {
    const client = connect(wire.proxy.port, '127.0.0.1');
    client.on('error', () => undefined);
    client.write(handshake('websocket'));
    if (wait > 0) await once(wire.upstream.server, 'upgrade');
    if (wait > 1) await once(client, 'data');
    if (wait > 2) client.write(Buffer.from('ffffffff', 'hex'));
    client.resetAndDestroy();
    await once(client, 'close');
  }
  while (wire.proxy.sockets.size > 0 || server.clients.size > 0) await new Promise(setImmediate);
  const client = open();
  await once(client, 'open');
  client.terminate();
});

test('an upgrade over TLS has the same checks as a request', async () => {
  const certificate = await authority.issueServerCertificate(['live.internal']);
  await wire.startTlsUpstream(certificate, (_request, response) => response.end());
  echo(wire.upstream);
  await wire.startProxy({ target: { ca: authority.ca, serverName: 'live.internal' } });
  const client = open();
  await once(client, 'open');
  client.terminate();
});
