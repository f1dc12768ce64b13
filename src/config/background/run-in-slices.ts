import { setImmediate as nextTurn } from 'node:timers/promises';

/** Runs one piece of work after the other, a slice at a time. */
export type RunInSlices = <Result>(work: Generator<undefined, Result>) => Promise<Result>;

/**
 * Runs work that yields between its steps, and lets everything else have its turn whenever `sliceMs` are used up. A step
 * should take far less than that: it is never interrupted. Small pieces share a slice, because Node handles up to a
 * thousand messages of a thread in one go: pieces that each end within their own slice would never leave it.
 */
export function createSlices(clock: () => number, sliceMs: number): RunInSlices {
  let until = clock() + sliceMs;
  return async (work) => {
    for (;;) {
      if (clock() >= until) {
        await nextTurn();
        until = clock() + sliceMs;
      }
      const step = work.next();
      if (step.done === true) return step.value;
    }
  };
}
