import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createWire } from '../support/wire-stage.ts';

/**
 * A stream is closed in slices, some turns after it became a no. Nothing may go on in these turns, however long they
 * take: no bytes of the app, no end of its answer, no bytes of the client.
 */
let isHeld = false;

afterEach(() => {
  isHeld = false;
});
const wire = createWire(afterEach);

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
}

async function begin(text: string) {
  const asked = Promise.withResolvers<{ readonly request: IncomingMessage; readonly response: ServerResponse }>();
  await wire.open((request, response) => asked.resolve({ request, response }), { isHeld: () => isHeld });
  const client: Socket = connect(wire.proxy.port, '127.0.0.1');
  let received = '';
  const heard = new Set<() => void>();
  client.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    for (const tell of heard) tell();
  });
  client.on('error', () => undefined);
  client.write(text);
  const until = (part: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!received.includes(part)) return;
        heard.delete(look);
        resolve();
      };
      heard.add(look);
      look();
    });
  return { client, until, received: () => received, ...(await asked.promise) };
}

const get = 'GET / HTTP/1.1\r\nHost: app.example\r\n\r\n';

test.each([
  ['bytes', { 'content-type': 'text/plain', 'content-length': '8' }],
  ['events', { 'content-type': 'text/event-stream' }],
])('an app that goes on with its %s after the no, and ends, is not heard', async (_, head) => {
  const { response, until, received, client } = await begin(get);
  response.writeHead(200, head);
  response.write('one;');
  await until('one;');
  isHeld = true;
  response.end('two;');
  await turns();
  expect(received()).not.toContain('two;');
  // Neither does it look whole: the connection is open for whoever breaks it off.
  expect(received().endsWith('0\r\n\r\n')).toBe(false);
  expect(wire.proxy.results).toEqual([]);
  const outcome = wire.proxy.nextOutcome();
  client.destroy();
  expect(await outcome).toMatchObject({ result: 'client_gone' });
});

test('an app that answers for the first time after the no is not heard at all', async () => {
  const { response, received, client } = await begin(get);
  isHeld = true;
  response.end('late');
  await turns();
  expect(received()).toBe('');
  client.destroy();
});

test('what a client sends after the no does not reach the app, and half a body does not look whole', async () => {
  const { request, client } = await begin(
    'POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none;\r\n',
  );
  let body = '';
  const ended = Promise.withResolvers<string>();
  request.on('end', () => ended.resolve('whole'));
  request.on('error', () => undefined);
  request.on('close', () => ended.resolve('broken'));
  const first = Promise.withResolvers<void>();
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
    first.resolve();
  });
  await first.promise;
  isHeld = true;
  client.write('4\r\ntwo;\r\n0\r\n\r\n');
  await turns();
  expect(request.complete).toBe(false);
  client.destroy();
  expect(await ended.promise).toBe('broken');
  expect(body).toBe('one;');
});
