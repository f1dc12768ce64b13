import { expect, test } from '@jest/globals';
import type { Route } from '../../../src/config/route.ts';
import { createHealthChecks } from '../../../src/upstream/check-health.ts';
import { createServerStanding } from '../../../src/upstream/server-standing.ts';
import type { UpstreamController, UpstreamHandler, UpstreamServer } from '../../../src/upstream/upstream-pools.ts';

const route = {
  name: 'wiki',
  host: 'wiki.example',
  healthCheck: { path: '/healthz', intervalMs: 1_000, timeoutMs: 5 },
  target: { kind: 'upstreams' },
} as Route;

/** Checks one server once, and says what it does. */
function check(act: (handler: UpstreamHandler) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const server = {
      origin: 'http://10.0.0.5',
      standing: createServerStanding(() => 0),
      dispatch: (_request, handler) => act(handler),
    } as Pick<UpstreamServer, 'origin' | 'standing' | 'dispatch'> as UpstreamServer;
    createHealthChecks({
      pools: { serversOf: () => [server] },
      every: (_ms, task) => {
        task();
        return () => undefined;
      },
      onChecked: ({ isWell }) => resolve(isWell),
    }).checkThose([route]);
  });
}

const controllerThat = (abort: () => void) => ({ abort: abort as UpstreamController['abort'] }) as UpstreamController;

test('an answer that never ends holds its connection no longer than a check may take', async () => {
  let isWell: Promise<boolean> | undefined;
  await new Promise<void>((resolve) => {
    isWell = check((handler) => {
      const controller = controllerThat(resolve);
      handler.onRequestStart(controller, undefined);
      handler.onResponseStart(controller, 200, {}, 'OK');
    });
  });
  expect(await isWell).toBe(true);
});

test('a check that had to wait too long for a connection is not sent any more', async () => {
  let handler: UpstreamHandler | undefined;
  expect(
    await check((asked) => {
      handler = asked;
    }),
  ).toBe(false);
  let isAborted = false;
  handler?.onRequestStart(
    controllerThat(() => {
      isAborted = true;
    }),
    undefined,
  );
  expect(isAborted).toBe(true);
});
