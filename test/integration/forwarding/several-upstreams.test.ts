import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { getRequest, type RunningServer } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

let first: RunningServer;
let second: RunningServer;

beforeEach(async () => {
  first = await wire.startUpstream((request, response) => {
    request.resume();
    response.end('first');
  });
  second = await wire.startUpstream((request, response) => {
    request.resume();
    response.end('second');
  });
  await wire.startProxy({ upstreams: [first.url, second.url] });
});

async function ask(text = getRequest('/')): Promise<string> {
  const received = await wire.send(text);
  return received
    .split('\r\n\r\n')
    .slice(1)
    .join('')
    .replace(/^\d+\r\n|\r\n0$/g, '');
}

test('take turns', async () => {
  const answers = [];
  for (let count = 0; count < 4; count++) answers.push(await ask());
  expect(answers).toEqual(['first', 'second', 'first', 'second']);
});

test('stand in for one that takes no connection, for requests that may be repeated', async () => {
  await first.close();
  const answers = [];
  for (let count = 0; count < 4; count++) answers.push(await ask());
  expect(answers).toEqual(['second', 'second', 'second', 'second']);
  expect(wire.proxy.faults).toEqual([]);
});

test('do not get a request with a body a second time', async () => {
  await first.close();
  const received = await wire.send(
    'POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx',
  );
  expect(received).toMatch(/^HTTP\/1\.1 502 /);
  expect(wire.proxy.faults.map((fault) => fault.code)).toEqual(['upstream_unreachable']);
});

test('do not get a request a second time that one of them has seen', async () => {
  let calls = 0;
  for (const server of [first, second]) {
    server.server.removeAllListeners('request');
    server.server.on('request', (request) => {
      calls += 1;
      request.socket.destroy();
    });
  }
  expect(await wire.send(getRequest('/'))).toMatch(/^HTTP\/1\.1 502 /);
  expect(calls).toBe(1);
});

test('are unreachable together', async () => {
  await first.close();
  await second.close();
  expect(await wire.send(getRequest('/'))).toMatch(/^HTTP\/1\.1 502 /);
  expect(wire.proxy.faults.map((fault) => fault.code)).toEqual(['upstream_unreachable']);
});
