import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  getRequest,
  type RunningProxy,
  type RunningServer,
  sendRaw,
  startProxy,
  startUpstream,
} from '../../support/wire-proxy.ts';

let first: RunningServer;
let second: RunningServer;
let proxy: RunningProxy;

beforeEach(async () => {
  first = await startUpstream((request, response) => {
    request.resume();
    response.end('first');
  });
  second = await startUpstream((request, response) => {
    request.resume();
    response.end('second');
  });
  proxy = await startProxy({ upstreams: [first.url, second.url] });
});

afterEach(async () => {
  await proxy.close();
  await first.close();
  await second.close();
});

async function ask(text = getRequest('/')): Promise<string> {
  const received = await sendRaw(proxy.port, text);
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
  expect(proxy.faults).toEqual([]);
});

test('do not get a request with a body a second time', async () => {
  await first.close();
  const received = await sendRaw(
    proxy.port,
    'POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx',
  );
  expect(received).toMatch(/^HTTP\/1\.1 502 /);
  expect(proxy.faults.map((fault) => fault.code)).toEqual(['upstream_unreachable']);
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
  expect(await sendRaw(proxy.port, getRequest('/'))).toMatch(/^HTTP\/1\.1 502 /);
  expect(calls).toBe(1);
});

test('are unreachable together', async () => {
  await first.close();
  await second.close();
  expect(await sendRaw(proxy.port, getRequest('/'))).toMatch(/^HTTP\/1\.1 502 /);
  expect(proxy.faults.map((fault) => fault.code)).toEqual(['upstream_unreachable']);
});
