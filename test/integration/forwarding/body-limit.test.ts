import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

let calls: number;
let arrived: number;

beforeEach(async () => {
  calls = 0;
  arrived = 0;
  await wire.open(
    (request, response) => {
      calls += 1;
      request.on('error', () => undefined);
      request.on('data', (chunk: Buffer) => {
        arrived += chunk.length;
      });
      request.on('end', () => response.end(String(arrived)));
    },
    { limits: { bodyBytes: 1000 } },
  );
});

function post(headers: string, body: string): Promise<string> {
  return wire.send(`POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n${headers}\r\n\r\n${body}`);
}

test('a body of exactly the limit passes', async () => {
  expect(await post('Content-Length: 1000', 'x'.repeat(1000))).toMatch(/1000$/);
  expect(await post('Transfer-Encoding: chunked', `3e8\r\n${'x'.repeat(1000)}\r\n0\r\n\r\n`)).toMatch(
    /2000\r\n0\r\n\r\n$|2000$/,
  );
});

test('a declared length over the limit never reaches the upstream', async () => {
  expect(await post('Content-Length: 1001', '')).toMatch(/^HTTP\/1\.1 413 .*connection: close/is);
  expect(calls).toBe(0);
});

test('chunks over the limit end the request in mid-stream', async () => {
  const chunk = `190\r\n${'x'.repeat(400)}\r\n`;
  expect(await post('Transfer-Encoding: chunked', chunk.repeat(5))).toMatch(/^HTTP\/1\.1 413 .*connection: close/is);
  expect(wire.proxy.faults.map((fault) => fault.code)).toEqual(['request_too_large']);
  expect(arrived).toBeLessThanOrEqual(1000);
});
