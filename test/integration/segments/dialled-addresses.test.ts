import { once } from 'node:events';
import { connect, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { type DialGuardPorts, guardSocket } from '../../../src/upstream/dial-guard.ts';
import { createUpstreamPools, type UpstreamServer, type UpstreamTarget } from '../../../src/upstream/upstream-pools.ts';
import { resolverThat, segmentOf, upgradeHeaders } from '../../support/segment-resolver.ts';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

let connections: number;

beforeEach(async () => {
  connections = 0;
  await wire.startUpstream((_request, response) => response.end('payroll'));
  wire.upstream.server.on('connection', () => {
    connections += 1;
  });
});

const named = () => new URL(`http://payroll.internal:${wire.upstream.port}`);
const get = getRequest('/');
const upgrade = getRequest('/', upgradeHeaders).replace('Connection: close', 'Connection: Upgrade');

describe('a route in a segment', () => {
  test('connects to a name that resolves into it', async () => {
    const resolver = resolverThat(['127.0.0.1']);
    await wire.startProxy({
      upstreams: [named()],
      target: { segment: segmentOf('127.0.0.0/8') },
      dial: { lookup: resolver.lookup },
    });
    expect(await wire.send(get)).toMatch(/ 200 OK[\s\S]*payroll/);
    expect(resolver.asked).toEqual(['payroll.internal']);
  });

  test('connects to an address inside it', async () => {
    await wire.startProxy({ target: { segment: segmentOf('127.0.0.0/8') } });
    expect(await wire.send(get)).toMatch(/ 200 OK/);
  });

  test.each([
    ['a request', get],
    ['an upgrade', upgrade],
  ])(
    'answers 502 for %s to a name outside, says which address and which segment, and connects to nothing',
    async (_, text) => {
      await wire.startProxy({
        upstreams: [named()],
        target: { segment: segmentOf('10.20.0.0/16') },
        dial: { lookup: resolverThat(['127.0.0.1']).lookup },
      });
      expect(await wire.send(text)).toMatch(/^HTTP\/1\.1 502 /);
      expect(wire.proxy.faults.map(({ code, message }) => [code, message])).toEqual([
        [
          'upstream_unreachable',
          `http://payroll.internal:${wire.upstream.port} was not dialled: 127.0.0.1 is outside the upstreams of the segment "finance"; the route is in the segment "finance".`,
        ],
      ]);
      expect(connections).toBe(0);
    },
  );

  test.each([
    ['a request', get],
    ['an upgrade', upgrade],
  ])('answers 502 for %s to an address outside, for which nothing is looked up', async (_, text) => {
    await wire.startProxy({ target: { segment: segmentOf('10.20.0.0/16') } });
    expect(await wire.send(text)).toMatch(/^HTTP\/1\.1 502 /);
    expect(connections).toBe(0);
  });

  test('carries a WebSocket to a name inside it', async () => {
    const sockets = new WebSocketServer({ server: wire.upstream.server });
    sockets.on('connection', (socket) => socket.send('hello'));
    await wire.startProxy({
      upstreams: [named()],
      target: { segment: segmentOf('127.0.0.0/8') },
      dial: { lookup: resolverThat(['127.0.0.1']).lookup },
    });
    const client = new WebSocket(`ws://127.0.0.1:${wire.proxy.port}/`, { headers: { host: 'app.example' } });
    const [message] = await once(client, 'message');
    expect(String(message)).toBe('hello');
    client.terminate();
  });

  test('never tries the forbidden one of several addresses, in whichever order they come', async () => {
    const outside = await listenOn('127.0.0.2', wire.upstream.port);
    for (const addresses of [
      ['127.0.0.2', '::1', '127.0.0.1'],
      ['127.0.0.1', '127.0.0.2'],
      ['::1', '127.0.0.2', '127.0.0.1', '169.254.169.254'],
    ]) {
      await wire.startProxy({
        upstreams: [named()],
        target: { segment: segmentOf('127.0.0.1') },
        dial: { lookup: resolverThat(addresses).lookup },
      });
      expect(await wire.send(get)).toMatch(/payroll/);
      await wire.proxy.close();
    }
    // The allowed one does not answer: no other one stands in for it.
    await wire.upstream.close();
    await wire.startProxy({
      upstreams: [named()],
      target: { segment: segmentOf('127.0.0.1') },
      dial: { lookup: resolverThat(['127.0.0.1', '127.0.0.2']).lookup },
    });
    expect(await wire.send(get)).toMatch(/^HTTP\/1\.1 502 /);
    expect(outside.seen()).toBe(0);
    await outside.close();
  });

  test('says so when a name has no address', async () => {
    await wire.startProxy({ upstreams: [named()], dial: { lookup: resolverThat([]).lookup } });
    expect(await wire.send(get)).toMatch(/^HTTP\/1\.1 502 /);
    expect(wire.proxy.faults[0]?.message).toBe('payroll.internal has no address.');
  });
});

describe('sockets', () => {
  const target = (segment: UpstreamTarget['segment']): UpstreamTarget => ({
    kind: 'upstreams',
    urls: [wire.upstream.url],
    serverName: undefined,
    ca: undefined,
    clientCertificate: undefined,
    segment,
  });

  test('are not shared between segments, nor with other networks of the same segment', async () => {
    const pools = createUpstreamPools();
    const finance = segmentOf('127.0.0.0/8');
    const targets = [
      undefined,
      finance,
      { ...finance, name: 'sales' },
      segmentOf('127.0.0.1'),
      { name: 'finance', networks: undefined },
    ].map(target);
    const servers = targets.map((one) => pools.serversOf(one)[0]);
    expect(new Set(servers).size).toBe(targets.length);
    expect(pools.serversOf(target(segmentOf('127.0.0.0/8')))[0]).toBe(servers[1]);
    await pools.close();
  });

  test('of a rule that was changed are closed, and those of a rule that stays are kept', async () => {
    const pools = createUpstreamPools();
    const [old, kept] = [target(segmentOf('127.0.0.0/8')), target({ ...segmentOf('127.0.0.1'), name: 'kept' })];
    for (const one of [old, kept]) await answerOf(pools.serversOf(one)[0]);
    expect(wire.upstream.sockets.size).toBe(2);
    const closed = Promise.race([...wire.upstream.sockets].map((socket) => once(socket, 'close')));
    await pools.retain([target(segmentOf('127.0.0.1/32')), kept]);
    await closed;
    expect(wire.upstream.sockets.size).toBe(1);
    await answerOf(pools.serversOf(kept)[0]);
    expect(wire.upstream.sockets.size).toBe(1);
    await pools.close();
  });
});

describe('an address that only the connected socket shows', () => {
  /** Shows whoever looks first an allowed address, and the socket another one: what a hole in the check of names would come to. */
  function twoFaced(): DialGuardPorts['lookup'] {
    let looks = 0;
    const face = {
      family: 4,
      get address() {
        looks += 1;
        return looks === 1 ? '127.0.0.1' : '127.0.0.2';
      },
    };
    const lookup = (_name: string, _options: object, callback: (error: null, found: readonly object[]) => void) =>
      process.nextTick(callback, null, [face]);
    return lookup as unknown as DialGuardPorts['lookup'];
  }

  test.each(['http', 'https'] as const)('gets no byte over %s', async (scheme) => {
    const outside = await listenOn('127.0.0.2', wire.upstream.port);
    await wire.startProxy({
      upstreams: [new URL(`${scheme}://payroll.internal:${wire.upstream.port}`)],
      target: { segment: segmentOf('127.0.0.1') },
      dial: { lookup: twoFaced() },
    });
    expect(await wire.send(get)).toMatch(/^HTTP\/1\.1 502 /);
    expect(wire.proxy.faults[0]?.message).toContain('127.0.0.2 is outside the upstreams of the segment "finance"');
    await outside.ended();
    expect(outside.bytes()).toBe(0);
    await outside.close();
  });

  test('is not trusted either where the socket cannot be looked at', async () => {
    const guard = { refuse: () => undefined, lookup: () => undefined };
    const socket = connect(wire.upstream.port, '127.0.0.1');
    const outcome = await new Promise((resolve) => {
      guardSocket(
        guard,
        (...[error]) => resolve(error),
        (guarded) => {
          socket.once('connect', () => guarded(null, socket));
        },
      );
    });
    expect(outcome).toMatchObject({ code: 'internal' });
    expect(socket.destroyed).toBe(true);
  });
});

/** A listener on another address of this machine that must see nothing. */
async function listenOn(host: string, port: number) {
  let seen = 0;
  let bytes = 0;
  const closed: Promise<unknown>[] = [];
  const server = createTcpServer((socket) => {
    seen += 1;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    closed.push(new Promise((resolve) => socket.once('close', resolve)));
  });
  let firstSeen: (() => void) | undefined;
  const first = new Promise<void>((resolve) => {
    firstSeen = resolve;
  });
  server.once('connection', () => firstSeen?.());
  server.listen(port, host);
  await once(server, 'listening');
  return {
    seen: () => seen,
    bytes: () => bytes,
    /** Resolves once a connection came and all are closed again. */
    async ended(): Promise<void> {
      await first;
      await Promise.all(closed);
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** The status of a GET that goes straight to a pool. */
function answerOf(server: UpstreamServer | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0;
    server?.dispatch(
      { method: 'GET', path: '/', headers: ['host', 'app.example'], body: null, headersTimeoutMs: 5000 },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, code) => {
          status = code;
        },
        onResponseData: () => undefined,
        onResponseEnd: () => resolve(status),
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}
