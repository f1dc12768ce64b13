import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createEventQueue } from '../../../src/audit/event-queue.ts';
import { makeAllow } from '../../support/record-events.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('a plain allow is on its way to the file within 100 ms, with all that came meanwhile, and not at once', async () => {
  const batches: number[] = [];
  const queue = createEventQueue({
    onFailure: 'allow',
    facts: 'once',
    maxQueued: 1_000,
    write: async (events) => void batches.push(events.length),
    afterWrite: async () => undefined,
    makeDropGap: () => makeAllow(0),
    now: Date.now,
    metrics: { auditEvent: () => undefined },
    onProblem: () => undefined,
  });
  for (let event = 0; event < 5; event += 1) {
    queue.push(makeAllow(Date.now()));
    await jest.advanceTimersByTimeAsync(10);
  }
  expect(batches).toEqual([]);
  await jest.advanceTimersByTimeAsync(50);
  expect(batches).toEqual([5]);
});
