import { afterEach, expect, test } from '@jest/globals';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

async function startWithTrailers(headers: Record<string, string>): Promise<void> {
  await wire.open((_request, response) => {
    response.writeHead(200, headers);
    response.write('body');
    response.addTrailers({ 'X-Checksum': 'abc', 'Set-Cookie': '__Host-postern=stolen' });
    response.end();
  });
}

test('response trailers are kept, and cannot set a cookie', async () => {
  await startWithTrailers({ trailer: 'X-Checksum' });
  const received = (await wire.send(getRequest('/'))).toLowerCase();
  expect(received).toContain('trailer: x-checksum');
  expect(received).toMatch(/0\r\nx-checksum: abc\r\n\r\n$/);
  expect(received).not.toContain('set-cookie');
});

test('trailers for a client that can take none are left out', async () => {
  await startWithTrailers({ trailer: 'X-Checksum' });
  const received = await wire.send('GET / HTTP/1.0\r\nHost: app.example\r\n\r\n');
  expect(received).toMatch(/ 200 OK/);
  expect(received.toLowerCase()).not.toContain('x-checksum');
  expect(received).toMatch(/\r\n\r\nbody$/);
});

test('an answer to HEAD that announces trailers is no fault', async () => {
  await wire.startRawUpstream((socket) => {
    socket.on('data', () =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n'),
    );
  });
  await wire.startProxy();
  const received = await wire.send(getRequest('/').replace('GET', 'HEAD'));
  expect(received).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(wire.proxy.faults).toEqual([]);
});

test('request trailers end with the body and never become headers', async () => {
  let body = '';
  let headers: string[] = [];
  await wire.open((request, response) => {
    headers = request.rawHeaders;
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => response.end());
  });
  const text =
    'POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nTrailer: X-Postern-User\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Postern-User: mallory\r\n\r\n';
  expect(await wire.send(text)).toMatch(/ 200 OK/);
  expect(body).toBe('hi');
  expect(headers.join('\n')).not.toMatch(/mallory|trailer/i);
});
