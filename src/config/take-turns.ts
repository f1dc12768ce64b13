import { setImmediate as breathe } from 'node:timers/promises';

/** Longest stretch that other work waits. */
const sliceMs = 5;

/**
 * Long work in slices, so that requests are served meanwhile: call the answer between steps of some microseconds and
 * wait for what it answers, if anything.
 */
export function takeTurns(clock: () => number = () => performance.now()): () => Promise<void> | undefined {
  let beganMs = clock();
  return () => {
    if (clock() - beganMs < sliceMs) return undefined;
    return breathe().then(() => {
      beganMs = clock();
    });
  };
}
