import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Runs work that yields between its steps, and lets everything else have its turn whenever `sliceMs` are used up. A step
 * should take far less than that: it is never interrupted.
 */
export async function runInSlices<Result>(
  work: Generator<undefined, Result>,
  clock: () => number,
  sliceMs: number,
): Promise<Result> {
  let until = clock() + sliceMs;
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (clock() < until) continue;
    await nextTurn();
    until = clock() + sliceMs;
  }
}
