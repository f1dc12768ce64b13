import { describe, expect, jest, test } from '@jest/globals';
import type { GatewayParts } from '../../../src/gateway/gateway-parts.ts';
import { runPipeline } from '../../../src/gateway/pipeline.ts';

describe('the pipeline', () => {
  test('closes the connection, and ends no process, when not even a no can be made', async () => {
    const destroy = jest.fn();
    const destroySocket = jest.fn();
    const error = jest.fn();
    const arrival = {
      request: { headers: {} },
      response: { destroy },
      upgrade: { socket: { destroy: destroySocket } },
    };
    const parts = {
      isClosed: () => false,
      now: () => {
        throw new TypeError('The clock is broken.');
      },
      log: { error },
    };

    await runPipeline(arrival as unknown as Parameters<typeof runPipeline>[0], () => parts as unknown as GatewayParts);

    expect(destroy).toHaveBeenCalledTimes(1);
    expect(destroySocket).toHaveBeenCalledTimes(1);
    expect(error).toHaveBeenCalledTimes(1);
  });
});
