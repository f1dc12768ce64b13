/** How long to wait before a worker is started again. */
export interface BackOff {
  /** A life begins. */
  began(): void;
  /** That life is over: the wait until the next. */
  nextMs(): number;
}

const shortestMs = 100;
const longestMs = 30_000;
/** Whoever lived this long was sound: the next wait is the shortest again. */
const soundLifeMs = 10_000;

/** Doubles the wait from life to life, from 0.1 s to 30 s. @param monotonicMs a clock that nobody sets */
export function createBackOff(monotonicMs: () => number): BackOff {
  let beganMs = 0;
  let next = shortestMs;
  return {
    began() {
      beganMs = monotonicMs();
    },
    nextMs() {
      if (monotonicMs() - beganMs >= soundLifeMs) next = shortestMs;
      const wait = next;
      next = Math.min(longestMs, next * 2);
      return wait;
    },
  };
}
