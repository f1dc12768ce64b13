import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createAuthority } from '../../support/development-certificates.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

const last = 'GET / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const tooLarge = 'HTTP/1.1 413 Payload Too Large\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n';

/** A client that goes on sending until everything of its body is out, or its connection is gone. */
async function upload(totalBytes: number, more = ''): Promise<{ received: string; sent: number }> {
  const client = connect(wire.proxy.port, '127.0.0.1');
  let received = '';
  let sent = 0;
  client.on('error', () => undefined);
  client.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  client.write(`POST /big HTTP/1.1\r\nHost: app.example\r\nContent-Length: ${totalBytes}\r\n\r\n`);
  const chunk = Buffer.alloc(64 * 1024, 'x');
  while (sent < totalBytes && !client.destroyed && client.writable) {
    const size = Math.min(chunk.length, totalBytes - sent);
    if (!client.write(chunk.subarray(0, size)))
      await Promise.race([once(client, 'drain').catch(() => undefined), closed]);
    sent += size;
    await turn();
  }
  if (more !== '' && client.writable) client.write(more);
  await closed;
  return { received, sent };
}

describe.each<[string, (socket: Socket) => void]>([
  ['goes on reading', (socket) => void socket.write(`${tooLarge}\r\ntoo large`)],
  ['closes its side', (socket) => void socket.end(`${tooLarge}Connection: close\r\n\r\ntoo large`)],
  [
    'reads no more and closes',
    (socket) => {
      socket.pause();
      socket.end(`${tooLarge}Connection: close\r\n\r\ntoo large`);
    },
  ],
  [
    'resets the connection behind it',
    (socket) => {
      socket.write(`${tooLarge}Connection: close\r\n\r\ntoo large`, () => setImmediate(() => socket.resetAndDestroy()));
    },
  ],
])('an app that answers while the body is still coming, and %s', (_how, answer) => {
  test.each([
    ['as its head arrives', 0],
    ['in mid-body', 200_000],
  ])('is heard by the client, %s', async (_when, after) => {
    await wire.startRawUpstream((socket) => {
      let read = 0;
      let hasAnswered = false;
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (String(chunk).startsWith('GET')) return void socket.end(ok);
        if (hasAnswered || read < after) return;
        hasAnswered = true;
        answer(socket);
      });
    });
    await wire.startProxy({ limits: { bodyBytes: 64 * 1024 ** 2 } });
    const { received } = await upload(16 * 1024 ** 2, last);
    expect(received).toMatch(/^HTTP\/1\.1 413 Payload Too Large/);
    // What was left of the body was read and dropped, and is not taken for the next request.
    expect(received).toMatch(/too largeHTTP\/1\.1 200 OK.*ok$/s);
    expect(wire.proxy.faults).toEqual([]);
    expect(wire.proxy.results[0]).toMatchObject({ status: 413, result: 'ok' });
  });
});

test('an app behind TLS that closes on an upload is heard, too', async () => {
  const authority = await createAuthority();
  const certificate = await authority.issueServerCertificate(['app.internal']);
  await wire.startTlsUpstream(certificate, ({ socket }) => {
    socket.write(`${tooLarge}Connection: close\r\n\r\ntoo large`, () => setImmediate(() => socket.destroy()));
  });
  await wire.startProxy({
    limits: { bodyBytes: 64 * 1024 ** 2 },
    target: { serverName: 'app.internal', ca: authority.ca },
  });
  const { received } = await upload(16 * 1024 ** 2, last);
  expect(received).toMatch(/^HTTP\/1\.1 413 Payload Too Large/);
});
