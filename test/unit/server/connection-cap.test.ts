import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type ConnectionCap,
  createConnectionCap,
  mostConnections,
  readOpenFileLimit,
} from '../../../src/server/connection-cap.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listen(cap: ConnectionCap): Promise<Server> {
  const server = createServer();
  cap.watch(server);
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    if (!socket.destroyed) socket.write('served');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Answers what came of a connection: it is served, or it is closed. */
function come(server: Server): Promise<{ readonly outcome: 'served' | 'refused'; readonly socket: Socket }> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  return new Promise((resolve) => {
    let isServed = false;
    socket.on('error', () => undefined);
    socket.once('data', () => {
      isServed = true;
      resolve({ outcome: 'served', socket });
    });
    socket.once('close', () => !isServed && resolve({ outcome: 'refused', socket }));
  });
}

describe('connections beyond what a process can hold', () => {
  test('are refused at every listener together, and taken again once others have gone', async () => {
    let refused = 0;
    const cap = createConnectionCap(
      () => 3,
      () => {
        refused += 1;
      },
    );
    const [one, other] = [await listen(cap), await listen(cap)];
    const first = await come(one);
    expect((await come(other)).outcome).toBe('served');
    expect((await come(one)).outcome).toBe('served');
    expect((await come(one)).outcome).toBe('refused');
    expect((await come(other)).outcome).toBe('refused');
    expect([cap.open(), refused]).toEqual([3, 2]);
    const [gone] = sockets.filter((socket) => socket.remotePort === first.socket.localPort);
    const closed = new Promise((resolve) => gone?.once('close', resolve));
    first.socket.destroy();
    await closed;
    expect((await come(other)).outcome).toBe('served');
  });
});

describe('the number of connections', () => {
  test('leaves a descriptor for the upstream of each, and some for everything else', () => {
    expect(mostConnections(1024)).toBe(464);
    expect(mostConnections(200)).toBe(52);
    expect(mostConnections(10)).toBe(1);
    expect(mostConnections(undefined)).toBe(10_000);
  });

  test('follows the limit of the process, where the system says it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-limits-'));
    const file = join(folder, 'limits');
    writeFileSync(
      file,
      'Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n',
    );
    expect(readOpenFileLimit(file)).toBe(1024);
    writeFileSync(file, 'Max open files            unlimited            unlimited            files\n');
    expect(readOpenFileLimit(file)).toBeUndefined();
    rmSync(folder, { recursive: true });
    expect(readOpenFileLimit(file)).toBeUndefined();
  });
});
