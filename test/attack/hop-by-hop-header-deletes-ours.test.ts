import { afterEach, expect, test } from '@jest/globals';
import { getRequest, pairsOf } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

test.each([
  ['Connection: close, X-Postern-Assertion'],
  ['Connection: close, x-postern-assertion, X-POSTERN-USER, x-forwarded-for, x-forwarded-host, host'],
  ['connection: close,x-postern-assertion', 'CONNECTION: X-Postern-User'],
  ['Connection: close', 'Connection: X_Postern_Assertion ,\tx-postern-assertion\t, x-env'],
])('a Connection list cannot take away what we add: %s', async (...headers) => {
  let seen: [string, string][] = [];
  await wire.open(
    (request, response) => {
      seen = pairsOf(request.rawHeaders);
      response.end();
    },
    {
      identity: ['x-postern-assertion', 'signed', 'x-postern-user', 'ada'],
      set: [['x-env', 'prod']],
    },
  );
  const text = getRequest('/', headers).replace('Connection: close\r\n', '');
  await wire.send(text);
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
