import { afterEach, expect, test } from '@jest/globals';
import {
  getRequest,
  pairsOf,
  type RunningProxy,
  type RunningServer,
  sendRaw,
  startProxy,
  startUpstream,
} from '../support/wire-proxy.ts';

let upstream: RunningServer;
let proxy: RunningProxy;

afterEach(async () => {
  await proxy.close();
  await upstream.close();
});

test.each([
  ['Connection: close, X-Postern-Assertion'],
  ['Connection: close, x-postern-assertion, X-POSTERN-USER, x-forwarded-for, x-forwarded-host, host'],
  ['connection: close,x-postern-assertion', 'CONNECTION: X-Postern-User'],
  ['Connection: close', 'Connection: X_Postern_Assertion ,\tx-postern-assertion\t, x-env'],
])('a Connection list cannot take away what we add: %s', async (...headers) => {
  let seen: [string, string][] = [];
  upstream = await startUpstream((request, response) => {
    seen = pairsOf(request.rawHeaders);
    response.end();
  });
  proxy = await startProxy({
    upstreams: [upstream.url],
    identity: ['x-postern-assertion', 'signed', 'x-postern-user', 'ada'],
    set: [['x-env', 'prod']],
  });
  const text = getRequest('/', headers).replace('Connection: close\r\n', '');
  await sendRaw(proxy.port, text);
  expect(seen).toEqual([
    ['host', 'app.example'],
    ['connection', 'keep-alive'],
    ['x-env', 'prod'],
    ['x-forwarded-for', '192.0.2.1'],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', 'app.example'],
    ['x-postern-assertion', 'signed'],
    ['x-postern-user', 'ada'],
  ]);
});
