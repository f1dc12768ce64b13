import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('a tunnel keeps nothing of the request that opened it, nor of the app’s answer, and carries messages', async () => {
  await wire.open((_request, response) => response.end());
  const echo = new WebSocketServer({ server: wire.upstream.server });
  echo.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  const handshakes: WeakRef<object>[] = [];
  wire.proxy.server.on('upgrade', (request: IncomingMessage) => handshakes.push(new WeakRef(request)));
  // The test's client and the proxy make one each.
  const onRequest = (message: unknown) => {
    const { request } = message as { readonly request: ClientRequest };
    handshakes.push(new WeakRef(request));
    request.once('upgrade', (answer) => handshakes.push(new WeakRef(answer)));
  };
  subscribe('http.client.request.start', onRequest);
  const client = new WebSocket(`ws://127.0.0.1:${wire.proxy.port}/live`, { headers: { host: 'app.example' } });
  await once(client, 'open');
  unsubscribe('http.client.request.start', onRequest);
  const left = () => handshakes.filter((one) => one.deref() !== undefined).length;
  for (let turn = 0; turn < 20 && left() > 0; turn += 1) {
    await new Promise((resume) => setImmediate(resume));
    collect();
  }
  expect(handshakes).toHaveLength(5);
  expect(left()).toBe(0);
  client.send('hello');
  expect(String((await once(client, 'message'))[0])).toBe('hello');
  client.close();
  await once(client, 'close');
});
