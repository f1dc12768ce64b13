import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Wire } from './wire-stage.ts';

/** A frame of RFC 6455 with its payload as it is. */
export function frameOf(
  opcode: number,
  payload: Uint8Array,
  options: { masked?: boolean; final?: boolean } = {},
): Buffer {
  const { masked = false, final = true } = options;
  const { length } = payload;
  const form = length > 65_535 ? 8 : length > 125 ? 2 : 0;
  const extra = Buffer.alloc(form);
  if (form === 2) extra.writeUInt16BE(length);
  if (form === 8) extra.writeBigUInt64BE(BigInt(length));
  const short = form === 0 ? length : form === 2 ? 126 : 127;
  const mask = masked ? Buffer.of(0, 0, 0, 0) : Buffer.alloc(0);
  return Buffer.concat([Buffer.of((final ? 0x80 : 0) | opcode, (masked ? 0x80 : 0) | short), extra, mask, payload]);
}

/** One end of a tunnel, as bytes. */
export interface RawEnd {
  readonly socket: Duplex;
  /** Everything that came after the handshake. */
  received(): Buffer;
  /** Resolves once so many bytes have come. */
  until(bytes: number): Promise<Buffer>;
  readonly closed: Promise<void>;
}

function rawEnd(socket: Duplex, first: Buffer): RawEnd {
  const chunks = first.length === 0 ? [] : [first];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  // As every app does: an http server's sockets do not do it by themselves.
  socket.on('end', () => socket.end());
  const closed = socket.closed
    ? Promise.resolve()
    : new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    socket,
    received: () => Buffer.concat(chunks),
    async until(bytes) {
      while (Buffer.concat(chunks).length < bytes) await once(socket, 'data');
      return Buffer.concat(chunks);
    },
    closed,
  };
}

const handshake = `GET /live HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;

/** Opens a tunnel between a client and an app that both say exactly what the test says. */
export async function openRawTunnel(
  wire: Wire,
): Promise<{ readonly client: RawEnd & { readonly socket: Socket }; readonly app: RawEnd }> {
  const arrived = new Promise<Duplex>((resolve) =>
    wire.upstream.server.once('upgrade', (_request, socket: Duplex) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      resolve(socket);
    }),
  );
  const socket = connect({ port: wire.proxy.port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.write(handshake);
  const app = rawEnd(await arrived, Buffer.alloc(0));
  let head = Buffer.alloc(0);
  while (!head.includes('\r\n\r\n')) head = Buffer.concat([head, ((await once(socket, 'data')) as [Buffer])[0]]);
  const client = { ...rawEnd(socket, head.subarray(head.indexOf('\r\n\r\n') + 4)), socket };
  return { client, app };
}
