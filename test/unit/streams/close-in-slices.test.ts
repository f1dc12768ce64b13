import { expect, test } from '@jest/globals';
import { createSlices } from '../../../src/streams/close-in-slices.ts';

function stage() {
  const turns: (() => void)[] = [];
  const clock = { ms: 0 };
  const slices = createSlices({ monotonicMs: () => clock.ms, later: (work) => turns.push(work) });
  const longest = { ms: 0, turns: 0 };
  const run = () => {
    for (let work = turns.shift(); work !== undefined; work = turns.shift()) {
      const began = clock.ms;
      work();
      longest.ms = Math.max(longest.ms, clock.ms - began);
      longest.turns += 1;
    }
  };
  return { slices, clock, longest, run, turns };
}

test('ten thousand pieces of a fifth of a millisecond never hold the event loop for 10 ms', () => {
  const { slices, clock, longest, run } = stage();
  let done = 0;
  for (let count = 0; count < 10_000; count += 1) {
    slices.add(() => {
      clock.ms += 0.2;
      done += 1;
    });
  }
  run();
  expect(done).toBe(10_000);
  expect(longest.ms).toBeLessThan(10);
  expect(longest.turns).toBeGreaterThan(200);
});

test('pieces run in their order, those that are added meanwhile too, and none runs where it is added', () => {
  const { slices, run, turns } = stage();
  const order: string[] = [];
  slices.add(() => {
    order.push('one');
    slices.add(() => order.push('three'));
  });
  slices.add(() => order.push('two'));
  expect([order, turns.length]).toEqual([[], 1]);
  run();
  slices.add(() => order.push('four'));
  run();
  expect(order).toEqual(['one', 'two', 'three', 'four']);
});
