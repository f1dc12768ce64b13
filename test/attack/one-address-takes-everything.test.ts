import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { silentGuard } from '../../src/http/connection-guard.ts';
import { createConnectionLimit } from '../../src/server/limit-connections.ts';
import { createRequestBody } from '../../src/upstream/request-body.ts';
import { noFence } from '../../src/upstream/through-fence.ts';
import { startProxy } from '../support/wire-proxy.ts';

const socketFrom = (remoteAddress: string) => Object.assign(new PassThrough(), { remoteAddress }) as unknown as Socket;

test('one address does not take every connection: an IPv6 network is one, a trusted proxy is not asked', async () => {
  let limited = 0;
  const admit = createConnectionLimit({
    most: () => 2,
    isExempt: (address) => address === '10.0.0.1',
    onLimited: () => {
      limited += 1;
    },
  });
  const open = (address: string) => {
    const socket = socketFrom(address);
    admit(socket);
    return socket;
  };
  const first = open('2001:db8::1');
  const others = ['2001:db8::2', '2001:db8:0:0:ffff::3', '2001:db8:0:1::1', '192.0.2.1'].map(open);
  expect(others.map(({ destroyed }) => destroyed)).toEqual([false, true, false, false]);
  expect(['10.0.0.1', '10.0.0.1', '10.0.0.1'].map((address) => open(address).destroyed)).toEqual([false, false, false]);
  const closed = once(first, 'close');
  first.destroy();
  await closed;
  expect([open('2001:db8::4').destroyed, open('2001:db8::5').destroyed, limited]).toEqual([false, true, 2]);
});

test('requests do not open connections to an app without end, nor wait for one without end', async () => {
  const held: ServerResponse[] = [];
  const sockets = new Set<Socket>();
  let onHeld: (() => void) | undefined;
  const upstream = createServer((_request, response) => {
    held.push(response);
    onHeld?.();
  });
  upstream.on('connection', (socket: Socket) => sockets.add(socket));
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const proxy = await startProxy({
    upstreams: [new URL(`http://127.0.0.1:${port}`)],
    limits: { upstreamConnections: 2, upstreamQueue: 1 },
  });
  const clients: Socket[] = [];
  const ask = () => {
    const client = connect(proxy.port, '127.0.0.1');
    client.on('error', () => undefined);
    client.write('GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n');
    clients.push(client);
  };
  const bothHeld = new Promise<void>((resolve) => {
    onHeld = () => held.length === 2 && resolve();
  });
  ask();
  ask();
  await bothHeld;
  const refused = proxy.nextOutcome();
  ask();
  ask();
  expect(await refused).toMatchObject({ code: 'upstream_busy' });
  expect([held.length, sockets.size]).toEqual([2, 2]);
  for (const client of clients) client.destroy();
  await proxy.close();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

test('a body that hardly comes does not hold a connection to an app', async () => {
  const socket = new PassThrough();
  const request = Object.assign(new PassThrough(), { socket }) as unknown as IncomingMessage;
  let slow = 0;
  const body = createRequestBody(
    request,
    { bodyBytes: 1_000_000, bodyRateBytes: 1_000 },
    {
      guard: silentGuard,
      onSlow: () => {
        slow += 1;
      },
      rateSeconds: 0.01,
    },
    () => undefined,
    { fence: noFence, isHeld: () => false },
  );
  body.resume();
  (request as unknown as PassThrough).write('x');
  await once(socket, 'close');
  expect(slow).toBe(1);
  request.destroy();
});
