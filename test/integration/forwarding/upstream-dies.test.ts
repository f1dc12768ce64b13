import { get, type IncomingMessage } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

/** An upstream that sends these bytes for any request and then cuts the connection. */
async function startDying(bytes: string): Promise<void> {
  await wire.startRawUpstream((socket) => {
    socket.once('data', () => socket.end(bytes));
  });
  await wire.startProxy();
}

function getBody(): Promise<string> {
  return new Promise((resolve) => {
    get({ port: wire.proxy.port, host: '127.0.0.1', headers: { host: 'app.example' } }, (response) => {
      response.on('error', () => resolve('broken'));
      response.resume();
      response.on('end', () => resolve('whole'));
    }).on('error', () => resolve('broken'));
  });
}

test.each([
  ['a body with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
  ['a body in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
])('an upstream that dies in mid-body breaks the client’s answer too: %s', async (_, bytes) => {
  await startDying(bytes);
  expect(await getBody()).toBe('broken');
  expect(wire.proxy.results).toMatchObject([{ status: 200, result: 'reset' }]);
});

test('half an answer does not pass for a whole one with a client of HTTP/1.0', async () => {
  await startDying('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
  await expect(wire.send('GET / HTTP/1.0\r\nHost: app.example\r\n\r\n')).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
});

test.each([
  ['nothing', ''],
  ['half a head', 'HTTP/1.1 200 OK\r\nConte'],
  ['something that is not HTTP', 'SSH-2.0-OpenSSH_9.9\r\n'],
  [
    'an upgrade that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
  ],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
])('an upstream that sends %s is a fault while a page can still be shown', async (_, bytes) => {
  await startDying(bytes);
  expect(await wire.send(getRequest('/'))).toMatch(/^HTTP\/1\.1 502 /);
  expect(wire.proxy.faults.map((fault) => fault.code)).toEqual(['upstream_broken']);
});

test('an upstream that answers before it has read the upload has its answer passed on, and the connection goes on', async () => {
  let uploading: IncomingMessage | undefined;
  const answer = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno';
  await wire.startRawUpstream((socket) => {
    socket.once('data', async (chunk: Buffer) => {
      if (chunk.toString('latin1').startsWith('POST')) {
        socket.pause();
        while (uploading?.isPaused() !== true) await new Promise(setImmediate);
      }
      socket.write(answer);
    });
  });
  await wire.startProxy({ limits: { bodyBytes: 100_000_000 } });
  wire.proxy.server.once('request', (request) => {
    uploading = request;
  });
  const body = 'x'.repeat(30_000_000);
  const upload = `POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const received = await wire.send(upload + getRequest('/'));
  expect(received.match(/HTTP\/1\.1 403 /g)).toHaveLength(2);
  expect(received).toMatch(/no$/);
});
