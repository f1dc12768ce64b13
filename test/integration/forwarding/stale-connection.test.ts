import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const waysToClose = {
  closed: (socket: Socket) => socket.destroy(),
  reset: (socket: Socket) => socket.resetAndDestroy(),
};

/** An app that answers so many requests on its first, second, … connection, and closes each at the next request, as one that was idle for too long. */
async function startForgetful(answers: readonly number[], close: (socket: Socket) => void = waysToClose.closed) {
  const requests: string[] = [];
  let connections = 0;
  await wire.startRawUpstream((socket) => {
    let left = answers[connections] ?? answers.at(-1) ?? 0;
    connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      requests.push(bytes.toString('latin1').split(' ')[0] ?? '');
      if (left === 0) close(socket);
      else socket.write(ok);
      left -= 1;
    });
  });
  await wire.startProxy();
  return requests;
}

function ask(method: string, body = ''): Promise<string> {
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
  return wire.send(`${method} /x HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n${length}\r\n${body}`);
}

const statusOf = async (answer: Promise<string>) => (await answer).slice(9, 12);

describe.each(['closed', 'reset'] as const)('a connection that was kept alive and is %s under a request', (how) => {
  test.each(['GET', 'HEAD', 'OPTIONS'])('is nothing that a %s notices: it is sent once more', async (method) => {
    const requests = await startForgetful([1], waysToClose[how]);
    expect(await statusOf(ask('GET'))).toBe('200');
    expect(await statusOf(ask(method))).toBe('200');
    expect(requests).toEqual(['GET', method, method]);
    expect(wire.proxy.faults).toEqual([]);
  });

  test.each([
    ['DELETE', ''],
    ['POST', 'pay'],
    ['GET', 'with a body'],
  ])('costs a %s its answer, since it may change something: it is sent once (%s)', async (method, body) => {
    const requests = await startForgetful([1], waysToClose[how]);
    expect(await statusOf(ask('GET'))).toBe('200');
    expect(await statusOf(ask(method, body))).toBe('502');
    expect(requests).toEqual(['GET', method]);
  });

  test('is tried once more and not again', async () => {
    const requests = await startForgetful([1, 0], waysToClose[how]);
    expect(await statusOf(ask('GET'))).toBe('200');
    expect(await statusOf(ask('GET'))).toBe('502');
    expect(requests).toEqual(['GET', 'GET', 'GET']);
    expect(wire.proxy.faults.map((fault) => fault.code)).toEqual(['upstream_broken']);
  });

  test('and was new is no reason to send anything again', async () => {
    const requests = await startForgetful([0], waysToClose[how]);
    expect(await statusOf(ask('GET'))).toBe('502');
    expect(requests).toEqual(['GET']);
  });
});

test.each(['GET', 'HEAD'])(
  'an answer that has begun and waits behind the fence is never mixed with another: %s',
  async (method) => {
    const requests: string[] = [];
    const sockets: Socket[] = [];
    await wire.startRawUpstream((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => {
        requests.push(bytes.toString('latin1').split(' ')[0] ?? '');
        if (requests.length === 1) socket.write(ok);
        else if (requests.length === 2)
          socket.write('HTTP/1.1 200 OK\r\nX-Answer: first\r\nContent-Length: 9\r\n\r\nfir');
        else socket.write('HTTP/1.1 200 OK\r\nX-Answer: second\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    let isUp = false;
    const whileTheAppDies = async () => {
      const [socket] = sockets;
      if (socket === undefined || socket.destroyed) return;
      const closed = once(socket, 'close');
      socket.resetAndDestroy();
      await closed;
      for (let turns = 0; turns < 20; turns += 1) await turn();
    };
    await wire.startProxy({ fence: () => (isUp ? whileTheAppDies() : undefined) });
    await ask('GET');
    isUp = true;
    const answer = await ask(method).catch(() => 'broken');
    expect(requests).toEqual(['GET', method]);
    expect(answer).not.toContain('second');
  },
);
