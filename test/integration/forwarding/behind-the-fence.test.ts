import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Fence } from '../../../src/upstream/through-fence.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterAll);

/** Down for the first look of each request. */
let isDown: boolean;

const fence: Fence = () => {
  if (!isDown) return undefined;
  isDown = false;
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
};

beforeAll(async () => {
  await wire.open(
    (request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, { 'x-app': 'yes', ...(status === 200 ? { 'content-length': 2 } : {}) });
      response.end(status === 200 ? 'ok' : undefined);
    },
    { fence },
  );
});

const ask = (method: string, status: number) =>
  wire.send(`${method} /${status} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n`);

// Undici goes on with an answer to HEAD however it is paused: its end overtook its head, and was an answer of nobody.
test.each([
  ['HEAD', 200],
  ['HEAD', 404],
  ['GET', 200],
  ['GET', 204],
  ['GET', 304],
  ['POST', 200],
])('what waits for a look at revocations comes in order: %s with %i', async (method, status) => {
  isDown = true;
  const received = await ask(method, status);
  expect(isDown).toBe(false);
  expect(received.split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(received.toLowerCase()).toContain('x-app: yes');
  expect(received.endsWith(method !== 'HEAD' && status === 200 ? 'ok' : '\r\n\r\n')).toBe(true);
  // The connection to the app goes on being of use.
  expect((await ask('GET', 200)).endsWith('ok')).toBe(true);
  expect(wire.proxy.faults).toEqual([]);
});
