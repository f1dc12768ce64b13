import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

/** What the app read, connection by connection, as it came. */
let read: string[];
/** Resolves with each request that the app has whole. */
let heard: (() => void)[];

function hear(socket: Socket): void {
  const at = read.push('') - 1;
  socket.on('data', (bytes: Buffer) => {
    read[at] += bytes.toString('latin1');
    if (!/\r\n\r\n(small body)?$/.test(read[at] ?? '')) return;
    for (const tell of heard.splice(0)) tell();
  });
}

const nextHeard = () => new Promise<void>((resolve) => heard.push(resolve));
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const post = 'POST /whole HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: 10\r\n\r\nsmall body';
const get = 'GET /whole HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n';

beforeEach(() => {
  read = [];
  heard = [];
});

function client(bytes: string): Socket {
  const socket = connect(wire.proxy.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytes);
  return socket;
}

test('a small body reaches the app with its length, whether it comes with its head or byte by byte', async () => {
  await wire.startRawUpstream((socket) => {
    hear(socket);
    socket.on('data', () => {
      if (read.at(-1)?.endsWith('small body')) socket.end(answer);
    });
  });
  await wire.startProxy();
  const [before, after] = post.split('small');
  for (const pieces of [[post], [before ?? '', 'small', after ?? ''], [...post]]) {
    read = [];
    const socket = connect(wire.proxy.port, '127.0.0.1');
    socket.setNoDelay(true);
    let received = '';
    socket.on('data', (bytes) => {
      received += String(bytes);
    });
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resume) => setImmediate(resume));
    }
    await once(socket, 'close');
    expect(received).toMatch(/^HTTP\/1\.1 200 .*ok$/s);
    expect(read.join('')).toMatch(/^POST \/whole HTTP\/1\.1\r\n.*content-length: 10\r\n\r\nsmall body$/s);
    expect(read.join('')).not.toMatch(/transfer-encoding/i);
  }
});

describe('while it is looked at revocations', () => {
  test('nothing of a request with a whole body reaches the app; it comes once, and whole, afterwards', async () => {
    const looking = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    let looks = 0;
    await wire.startRawUpstream((socket) => {
      hear(socket);
      socket.on('data', () => {
        if (read.at(-1)?.endsWith('small body')) socket.end(answer);
      });
    });
    await wire.startProxy({
      fence() {
        looks += 1;
        asked.resolve();
        return looks === 1 ? looking.promise : undefined;
      },
    });
    const answered = wire.send(post);
    await asked.promise;
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resume) => setImmediate(resume));
    expect(read.join('')).toBe('');
    looking.resolve();
    expect(await answered).toMatch(/^HTTP\/1\.1 200 .*ok$/s);
    expect(read.join('').match(/POST/g)).toHaveLength(1);
    expect(wire.proxy.results).toMatchObject([{ result: 'ok', status: 200 }]);
    expect(wire.proxy.faults).toEqual([]);
  });

  test('a request that was revoked meanwhile never reaches the app', async () => {
    const looking = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    let isHeld = false;
    await wire.startRawUpstream(hear);
    await wire.startProxy({
      isHeld: () => isHeld,
      fence() {
        asked.resolve();
        return looking.promise;
      },
    });
    const socket = client(post);
    await asked.promise;
    isHeld = true;
    looking.resolve();
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resume) => setImmediate(resume));
    const outcome = wire.proxy.nextOutcome();
    socket.destroy();
    expect(await outcome).toMatchObject({ result: 'client_gone', status: 0 });
    expect(read.join('')).toBe('');
  });
});

test.each([
  ['without a body', get],
  ['with a whole body', post],
])('a request %s that waits for a connection while it is revoked never reaches the app', async (_, bytes) => {
  let isHeld = false;
  let app: Socket | undefined;
  await wire.startRawUpstream((socket) => {
    hear(socket);
    app = socket;
  });
  await wire.startProxy({ limits: { upstreamConnections: 1 }, isHeld: () => isHeld });
  const first = nextHeard();
  const one = client(get.replace('whole', 'first'));
  await first;
  const arrived = once(wire.proxy.server, 'request');
  const outcome = wire.proxy.nextOutcome();
  const other = client(bytes);
  await arrived;
  await new Promise((resume) => setImmediate(resume));
  isHeld = true;
  const closed = once(other, 'close');
  app?.write(answer);
  expect(await outcome).toMatchObject({ result: 'client_gone', status: 0 });
  await closed;
  expect(read.join('')).toMatch(/^GET \/first /);
  expect(read.join('')).not.toContain('/whole');
  one.destroy();
});
