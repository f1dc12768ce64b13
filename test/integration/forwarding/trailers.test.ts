import { createServer } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import {
  getRequest,
  listen,
  type RunningProxy,
  type RunningServer,
  sendRaw,
  startProxy,
  startUpstream,
} from '../../support/wire-proxy.ts';

let upstream: RunningServer;
let proxy: RunningProxy;

afterEach(async () => {
  await proxy.close();
  await upstream.close();
});

async function startWithTrailers(headers: Record<string, string>): Promise<void> {
  upstream = await startUpstream((_request, response) => {
    response.writeHead(200, headers);
    response.write('body');
    response.addTrailers({ 'X-Checksum': 'abc', 'Set-Cookie': '__Host-postern=stolen' });
    response.end();
  });
  proxy = await startProxy({ upstreams: [upstream.url] });
}

test('response trailers are kept, and cannot set a cookie', async () => {
  await startWithTrailers({ trailer: 'X-Checksum' });
  const received = (await sendRaw(proxy.port, getRequest('/'))).toLowerCase();
  expect(received).toContain('trailer: x-checksum');
  expect(received).toMatch(/0\r\nx-checksum: abc\r\n\r\n$/);
  expect(received).not.toContain('set-cookie');
});

test('trailers for a client that can take none are left out', async () => {
  await startWithTrailers({ trailer: 'X-Checksum' });
  const received = await sendRaw(proxy.port, 'GET / HTTP/1.0\r\nHost: app.example\r\n\r\n');
  expect(received).toMatch(/ 200 OK/);
  expect(received.toLowerCase()).not.toContain('x-checksum');
  expect(received).toMatch(/\r\n\r\nbody$/);
});

test('an answer to HEAD that announces trailers is no fault', async () => {
  const server = createServer((socket) => {
    socket.on('data', () =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n'),
    );
  });
  upstream = await listen(server as never, 'http');
  proxy = await startProxy({ upstreams: [upstream.url] });
  const received = await sendRaw(proxy.port, getRequest('/').replace('GET', 'HEAD'));
  expect(received).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(proxy.faults).toEqual([]);
});

test('request trailers end with the body and never become headers', async () => {
  let body = '';
  let headers: string[] = [];
  upstream = await startUpstream((request, response) => {
    headers = request.rawHeaders;
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => response.end());
  });
  proxy = await startProxy({ upstreams: [upstream.url] });
  const text =
    'POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nTrailer: X-Postern-User\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Postern-User: mallory\r\n\r\n';
  expect(await sendRaw(proxy.port, text)).toMatch(/ 200 OK/);
  expect(body).toBe('hi');
  expect(headers.join('\n')).not.toMatch(/mallory|trailer/i);
});
