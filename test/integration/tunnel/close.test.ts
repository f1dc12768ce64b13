import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WebSocket as PageWebSocket } from 'undici';
import { WebSocket, WebSocketServer } from 'ws';
import { closeFrame } from '../../../src/http/websocket/close-frame.ts';
import { frameOf, openRawTunnel } from '../../support/raw-websocket.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

const reason = '{"code":"session_revoked","id":"dec_1"}';
const ours = closeFrame(3000, reason);

const tunnelTimes = { frameMs: 1_000, closeMs: 300, halfOpenMs: 300 };

beforeEach(async () => {
  await wire.open((_request, response) => response.writeHead(426).end(), { tunnelTimes });
});

/** The proxy lives in this process: what was written to it is read within few turns. */
async function readByProxy(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate);
}

function close(index = 0): void {
  wire.proxy.open[index]?.close(3000, reason);
}

describe('a tunnel that Postern closes', () => {
  test('tells a WebSocket client code and reason, and the app that its client is gone', async () => {
    const server = new WebSocketServer({ server: wire.upstream.server });
    const appClosed = once(server, 'connection').then(([socket]) => once(socket as WebSocket, 'close'));
    const client = new WebSocket(`ws://127.0.0.1:${wire.proxy.port}/live`, { headers: { host: 'app.example' } });
    await once(client, 'open');
    close();
    const [code, text] = await once(client, 'close');
    expect([code, String(text)]).toEqual([3000, reason]);
    expect((await appClosed)[0]).toBe(1001);
    while (wire.proxy.sockets.size > 0 || wire.upstream.sockets.size > 0) await new Promise(setImmediate);
  });

  test('tells it to the WebSocket that a page has, too, and that one calls it clean', async () => {
    const server = new WebSocketServer({ server: wire.upstream.server });
    const page = new PageWebSocket(`ws://127.0.0.1:${wire.proxy.port}/live`);
    page.binaryType = 'arraybuffer';
    const closed = once(page, 'close');
    const [socket] = (await once(server, 'connection')) as [WebSocket];
    await once(page, 'open');
    socket.send(Buffer.alloc(100_000));
    await once(page, 'message');
    close();
    const [event] = (await closed) as [{ code: number; reason: string; wasClean: boolean }];
    expect([event.code, event.reason, event.wasClean]).toEqual([3000, reason, true]);
  });

  test('puts its frame at a boundary and nowhere else, wherever in the bytes it is closed', async () => {
    const cases = fc.record({
      sizes: fc.array(fc.constantFrom(0, 1, 5, 125, 126, 4_000, 70_000), { minLength: 1, maxLength: 6 }),
      cut: fc.nat(1_000_000),
      isHeldBefore: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ sizes, cut, isHeldBefore }) => {
        const before = wire.proxy.open.length;
        const { client, app } = await openRawTunnel(wire);
        const encoded = sizes.map((size, index) => frameOf(index % 2 === 0 ? 2 : 9, Buffer.alloc(size, 0x88)));
        const bytes = Buffer.concat(encoded);
        const at = cut % bytes.length;
        app.socket.write(bytes.subarray(0, at));
        await client.until(at);
        if (isHeldBefore) {
          // Whatever the app says between the no and its close is not told any more either.
          wire.proxy.open[before]?.hold();
          app.socket.write(bytes.subarray(at));
          await readByProxy();
          close(before);
        } else {
          close(before);
          app.socket.write(bytes.subarray(at));
        }
        let boundary = 0;
        for (const one of encoded) if (boundary < at) boundary += one.length;
        const received = await client.until(boundary + ours.length);
        expect(received.equals(Buffer.concat([bytes.subarray(0, boundary), ours]))).toBe(true);
        client.socket.destroy();
      }),
      { numRuns: 40 },
    );
  });

  test('lets nothing of the client reach the app from the moment it is held', async () => {
    const { client, app } = await openRawTunnel(wire);
    client.socket.write(frameOf(1, Buffer.from('before'), { masked: true }));
    await app.until(12);
    wire.proxy.open[0]?.hold();
    client.socket.write(frameOf(1, Buffer.from('after'), { masked: true }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(app.received()).toHaveLength(12);
    close();
    await Promise.all([client.closed, app.closed]);
    const told = app.received();
    expect(told).toHaveLength(12 + 8);
    // A masked close frame with 1001.
    const [first, second, ...rest] = told.subarray(12);
    const unmasked = rest.slice(4).map((byte, index) => byte ^ (rest[index] ?? 0));
    expect([first, second, Buffer.from(unmasked).readUInt16BE(0)]).toEqual([0x88, 0x82, 1001]);
  });

  test('tells an app nothing inside a frame of the client that will never be whole', async () => {
    const { client, app } = await openRawTunnel(wire);
    const half = frameOf(1, Buffer.from('whole'), { masked: true }).subarray(0, 8);
    client.socket.write(half);
    await app.until(half.length);
    close();
    await Promise.all([client.closed, app.closed]);
    expect(app.received().equals(half)).toBe(true);
  });

  test('ends at once when the client answers the close', async () => {
    await wire.proxy.close();
    // Whoever waited for the grace would not be done within the time that a test may take.
    await wire.startProxy({ tunnelTimes: { ...tunnelTimes, closeMs: 600_000 } });
    const { client } = await openRawTunnel(wire);
    close();
    expect((await client.until(ours.length)).equals(ours)).toBe(true);
    const ended = once(client.socket, 'end');
    client.socket.write(frameOf(8, Buffer.of(0x0b, 0xb8), { masked: true }));
    await ended;
    client.socket.end();
    await client.closed;
  });

  test('adds no second close frame where the app has closed already', async () => {
    const { client, app } = await openRawTunnel(wire);
    const theirs = frameOf(8, Buffer.of(0x03, 0xe8));
    app.socket.write(theirs);
    await client.until(theirs.length);
    close();
    await client.closed;
    expect(client.received().equals(theirs)).toBe(true);
  });

  test('may be closed twice, and after it ended', async () => {
    const { client } = await openRawTunnel(wire);
    close();
    close();
    await client.closed;
    close();
    expect(client.received().equals(ours)).toBe(true);
  });
});
