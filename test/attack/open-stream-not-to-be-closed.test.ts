import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { closeFrame } from '../../src/http/websocket/close-frame.ts';
import { frameOf, openRawTunnel } from '../support/raw-websocket.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

// Whoever is cut, or the app that he talks to, has a reason to keep the connection: neither may be able to (security-rules.md 26).
const reason = '{"code":"session_revoked","id":"dec_1"}';
const ours = closeFrame(3000, reason);
const times = { frameMs: 200, closeMs: 200, halfOpenMs: 200 };

beforeEach(async () => {
  await wire.open((_request, response) => response.writeHead(426).end(), { tunnelTimes: times });
});

async function everythingIsClosed(): Promise<void> {
  while (wire.proxy.sockets.size > 0 || wire.upstream.sockets.size > 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a connection that does not want to be closed', () => {
  test('an app that never finishes its frame: the client is reset after the grace', async () => {
    const { client, app } = await openRawTunnel(wire);
    const begun = frameOf(2, Buffer.alloc(100)).subarray(0, 50);
    app.socket.write(begun);
    await client.until(begun.length);
    // Set before the grace begins, and shorter: whoever did not wait for the grace would be done before it.
    const half = new Promise<string>((resolve) => setTimeout(resolve, 150, 'half of the grace'));
    wire.proxy.open[0]?.close(3000, reason);
    expect(await Promise.race([half, client.closed])).toBe('half of the grace');
    await client.closed;
    expect(client.received().equals(begun)).toBe(true);
    await everythingIsClosed();
  });

  test('an app that claims 2^63 bytes and sends without end: as long as the grace, and no longer', async () => {
    const { client, app } = await openRawTunnel(wire);
    app.socket.write(Buffer.from('827fffffffffffffffff', 'hex'));
    const flood = setInterval(() => app.socket.writable && app.socket.write(Buffer.alloc(16_384, 0x88)), 1);
    try {
      await client.until(100_000);
      wire.proxy.open[0]?.close(3000, reason);
      // The flood has no end: whoever waited for one would wait for ever.
      await client.closed;
      expect(client.received().includes(ours)).toBe(false);
    } finally {
      clearInterval(flood);
    }
    await everythingIsClosed();
  });

  test('an app that goes on sending frames: not one comes after ours', async () => {
    const { client, app } = await openRawTunnel(wire);
    const frame = frameOf(2, Buffer.alloc(1_000, 1));
    const flood = setInterval(() => app.socket.writable && app.socket.write(frame), 1);
    try {
      await client.until(5 * frame.length);
      wire.proxy.open[0]?.close(3000, reason);
      await client.closed;
    } finally {
      clearInterval(flood);
    }
    const received = client.received();
    expect(received.subarray(-ours.length).equals(ours)).toBe(true);
    expect((received.length - ours.length) % frame.length).toBe(0);
    await everythingIsClosed();
  });

  test('a client that ignores the close and goes on sending: nothing arrives, and it is cut', async () => {
    const { client, app } = await openRawTunnel(wire);
    wire.proxy.open[0]?.close(3000, reason);
    const flood = setInterval(
      () => client.socket.writable && client.socket.write(frameOf(1, Buffer.from('evil'), { masked: true })),
      1,
    );
    try {
      await client.closed;
    } finally {
      clearInterval(flood);
    }
    await app.closed;
    expect(app.received().includes('evil')).toBe(false);
    await everythingIsClosed();
  });

  test('a client that reads nothing: the close waits behind what it has not read, and it is cut', async () => {
    const { client, app } = await openRawTunnel(wire);
    client.socket.pause();
    const frame = frameOf(2, Buffer.alloc(60_000, 1));
    const flood = setInterval(() => app.socket.writable && app.socket.write(frame), 1);
    try {
      await new Promise((resolve) => setTimeout(resolve, 200));
      wire.proxy.open[0]?.close(3000, reason);
      await app.closed;
      client.socket.resume();
      await client.closed;
    } finally {
      clearInterval(flood);
    }
    await everythingIsClosed();
  });

  test('a client that closes its half only: it does not hold the app’s connection', async () => {
    const { client, app } = await openRawTunnel(wire);
    app.socket.removeAllListeners('end');
    client.socket.end();
    await client.closed;
    while (!app.socket.destroyed) {
      app.socket.write(frameOf(1, Buffer.from('still there?')));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await app.closed;
    await everythingIsClosed();
  });

  test('a client that sends a frame byte by byte holds up nothing: it is closed as any other', async () => {
    const { client, app } = await openRawTunnel(wire);
    const slow = frameOf(1, Buffer.alloc(100_000), { masked: true });
    for (const byte of slow.subarray(0, 20)) {
      client.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await app.until(20);
    wire.proxy.open[0]?.close(3000, reason);
    await client.closed;
    expect(client.received().equals(ours)).toBe(true);
    await everythingIsClosed();
  });
});
