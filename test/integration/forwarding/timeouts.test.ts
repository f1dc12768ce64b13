import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

test('an upstream that does not begin its answer in time is a timeout, and is released', async () => {
  const released = Promise.withResolvers<void>();
  await wire.open((_request, response) => response.on('close', released.resolve), {
    limits: { requestTimeoutMs: 200 },
  });
  expect(await wire.send(getRequest('/'))).toMatch(/^HTTP\/1\.1 504 /);
  expect(wire.proxy.faults.map((fault) => fault.code)).toEqual(['upstream_timeout']);
  await released.promise;
});

test('a quiet event stream outlives the request timeout, and its head comes at once', async () => {
  let say: (text: string) => void = () => undefined;
  await wire.open(
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      say = (text) => response.end(text);
    },
    { limits: { requestTimeoutMs: 200 } },
  );
  const client = connect(wire.proxy.port, '127.0.0.1');
  client.write(getRequest('/'));
  const [head] = await once(client, 'data');
  expect(String(head)).toMatch(/^HTTP\/1\.1 200 OK/);
  const quietUntil = performance.now() + 1500;
  while (performance.now() < quietUntil) await new Promise((resolve) => setTimeout(resolve, 50));
  say('data: late\n\n');
  const [event] = await once(client, 'data');
  expect(String(event)).toContain('data: late');
  client.destroy();
});

test('the head of a slow download comes before its body', async () => {
  let finish: () => void = () => undefined;
  await wire.open((_request, response) => {
    response.writeHead(200, { 'content-length': '2' });
    response.flushHeaders();
    finish = () => response.end('ok');
  });
  const client = connect(wire.proxy.port, '127.0.0.1');
  client.write(getRequest('/'));
  const [head] = await once(client, 'data');
  expect(String(head)).toMatch(/content-length: 2/i);
  finish();
  const [body] = await once(client, 'data');
  expect(String(body)).toBe('ok');
});
