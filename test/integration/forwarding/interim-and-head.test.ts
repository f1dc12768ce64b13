import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** An app that answers each request with these bytes, a write each. Counts its connections. */
async function answerWith(...writes: string[]) {
  const seen = { connections: 0, requests: [] as string[] };
  await wire.startRawUpstream((socket: Socket) => {
    seen.connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      seen.requests.push(bytes.toString('latin1').split(' ')[0] ?? '');
      const next = (left: readonly string[]): void => {
        const [one, ...rest] = left;
        if (one !== undefined) socket.write(one, () => setImmediate(next, rest));
      };
      next(writes);
    });
  });
  await wire.startProxy();
  return seen;
}

describe('an interim answer that nobody asked for', () => {
  test.each([
    ['100', ['HTTP/1.1 100 Continue\r\n\r\n']],
    ['100 with headers', ['HTTP/1.1 100 Continue\r\nX-A: 1\r\nSet-Cookie: a=1\r\n\r\n']],
    ['100 in two pieces', ['HTTP/1.1 10', '0 Continue\r\n\r\n']],
    ['100 three times', ['HTTP/1.1 100 Continue\r\n\r\n'.repeat(3)]],
    ['102', ['HTTP/1.1 102 Processing\r\n\r\n']],
    ['103 without a link', ['HTTP/1.1 103 Early Hints\r\n\r\n']],
    ['one that has no name', ['HTTP/1.1 142 \r\n\r\n']],
  ])('is skipped: %s', async (_name, interim) => {
    await answerWith(...interim, ok);
    const received = await wire.send(getRequest('/'));
    expect(received).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(received).not.toMatch(/a=1|x-a/i);
    expect(wire.proxy.faults).toEqual([]);
  });

  test('comes before each of several answers on one connection, and to an upload', async () => {
    const seen = await answerWith(`HTTP/1.1 100 Continue\r\n\r\n${ok}`);
    for (const request of [
      getRequest('/'),
      'POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi',
      getRequest('/'),
    ]) {
      expect(await wire.send(request)).toMatch(/^HTTP\/1\.1 200 OK.*ok$/s);
    }
    expect(seen.connections).toBe(1);
  });

  test('that is all is no answer', async () => {
    await wire.startRawUpstream((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 100 Continue\r\n\r\n'));
    });
    await wire.startProxy();
    expect(await wire.send(getRequest('/'))).toMatch(/^HTTP\/1\.1 502 /);
  });

  test('to switch protocols that nobody asked for is a 502', async () => {
    await answerWith('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect(await wire.send(getRequest('/'))).toMatch(/^HTTP\/1\.1 502 /);
  });
});

describe('HEAD', () => {
  const head = (path: string) => getRequest(path).replace('GET', 'HEAD');

  test.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ])('is answered each time, with %s', async (_what, bytes) => {
    const seen = await answerWith(bytes);
    for (let round = 0; round < 5; round += 1) expect(await wire.send(head('/'))).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(seen.requests).toEqual(Array(5).fill('HEAD'));
  });

  test('to an app that sends a body late: it is not the answer to the next request', async () => {
    const smuggled = 'HTTP/1.1 200 OK\r\nX-Smuggled: yes\r\nContent-Length: 4\r\n\r\nevil';
    await wire.startRawUpstream((socket) => {
      let requests = 0;
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => {
        requests += 1;
        const isHead = bytes.toString('latin1').startsWith('HEAD');
        if (isHead) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${smuggled.length}\r\n\r\n`);
        else socket.write(`${requests > 1 ? smuggled : ''}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nreal`);
      });
    });
    await wire.startProxy();
    expect(await wire.send(head('/'))).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(await wire.send(getRequest('/'))).toMatch(/real$/);
  });

  test('to an app that sends a body all the same: it is nobody’s answer', async () => {
    const smuggled = 'HTTP/1.1 200 OK\r\nX-Smuggled: yes\r\nContent-Length: 4\r\n\r\nevil';
    const seen = await answerWith(`HTTP/1.1 200 OK\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`);
    expect(await wire.send(head('/'))).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(await wire.send(head('/'))).not.toMatch(/x-smuggled/i);
    expect(seen.connections).toBe(2);
  });

  test('to an app that closes behind it opens another connection', async () => {
    const seen = await answerWith('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n');
    for (let round = 0; round < 2; round += 1) expect(await wire.send(head('/'))).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(seen.connections).toBe(2);
  });
});
