import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createDueQueue } from '../../../src/state/due-queue.ts';

const minuteMs = 60_000;

test('what is due is taken once, within a second of its time, and nothing earlier', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ waitMs: fc.nat(minuteMs), stepMs: fc.nat(5_000) })), (steps) => {
      const queue = createDueQueue<number>(minuteMs);
      const waiting = new Map<number, number>();
      let nowMs = 1_000_000;
      const look = () => {
        for (const name of queue.take(nowMs)) {
          expect(waiting.get(name)).toBeLessThanOrEqual(nowMs);
          expect(waiting.delete(name)).toBe(true);
        }
        for (const dueAtMs of waiting.values()) expect(dueAtMs).toBeGreaterThan(nowMs - 1_000);
      };
      for (const [name, { waitMs, stepMs }] of steps.entries()) {
        queue.add(name, nowMs + waitMs);
        waiting.set(name, nowMs + waitMs);
        nowMs += stepMs;
        look();
      }
      nowMs += minuteMs + 1_000;
      look();
      expect(waiting.size).toBe(0);
    }),
  );
});

test('a clock that is set back makes nothing wait for it', () => {
  const queue = createDueQueue<string>(minuteMs);
  queue.add('one', 3_600_000 + minuteMs);
  expect(queue.take(0)).toEqual(['one']);
});
