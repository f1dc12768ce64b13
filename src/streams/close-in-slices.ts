/** How long closing may hold the event loop at once, in ms. */
const sliceMs = 5;
/** The clock is looked at after so many. */
const perLook = 8;

/** Does small pieces of work, some now and the rest in later turns, so that requests come to their turn in between. */
export interface Slices {
  add(piece: () => void): void;
}

/** @param parts.monotonicMs and `later` are the process's own unless a test says otherwise */
export function createSlices(
  parts: { readonly monotonicMs?: () => number; readonly later?: (work: () => void) => void } = {},
): Slices {
  const { monotonicMs = () => performance.now(), later = (work) => void setImmediate(work) } = parts;
  let waiting: (() => void)[] = [];
  let next = 0;
  let isScheduled = false;

  function run(): void {
    isScheduled = false;
    const began = monotonicMs();
    while (next < waiting.length) {
      const piece = waiting[next];
      next += 1;
      piece?.();
      if (next % perLook === 0 && monotonicMs() - began >= sliceMs) break;
    }
    if (next < waiting.length) schedule();
    else {
      waiting = [];
      next = 0;
    }
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    later(run);
  }

  return {
    add(piece) {
      waiting.push(piece);
      schedule();
    },
  };
}
