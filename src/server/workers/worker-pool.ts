import { Fault, toFault } from '../../decision/fault.ts';
import { createBackOff } from './back-off.ts';

/** A process that was started. */
export interface StartedProcess {
  readonly pid: number;
  /** Resolves with how it ended, in words: `exit code 1`, `SIGKILL`. */
  readonly exited: Promise<string>;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

/** A worker as `postern status` shows it. */
export interface WorkerStatus {
  /** Counts from 1; a restarted worker keeps its number. */
  readonly id: number;
  readonly pid: number | undefined;
  readonly state: 'starting' | 'serving' | 'draining' | 'waiting';
  /** When it came into that state, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** How often it was started again. */
  readonly restarts: number;
  /** How its last process ended; `undefined` when none has. */
  readonly lastEnd: string | undefined;
}

export interface WorkerPoolParts<Process extends StartedProcess> {
  readonly count: number;
  readonly start: (id: number) => Process;
  /** Brings a process to where it serves; rejects with a sentence when it cannot. */
  readonly bringUp: (process: Process, id: number) => Promise<void>;
  /** Hears of each worker that ended or could not start although nobody asked it to. */
  readonly onEnded: (id: number, how: string, retryMs: number) => void;
  readonly onServing: (id: number, process: Process) => void;
  /** Hears once that no worker can be brought up any more. */
  readonly onGivenUp: (why: string) => void;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  /** Default: the system's timer. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** Keeps as many workers alive as it was told to. */
export interface WorkerPool<Process extends StartedProcess> {
  /** Resolves when all serve. Rejects with what the first failure said; then none is left. */
  open(): Promise<void>;
  /** Every process that has not ended, with its number. */
  processes(): readonly { readonly id: number; readonly process: Process }[];
  status(): readonly WorkerStatus[];
  areAllServing(): boolean;
  /** Restarts none from now on; asks each to end, and kills what is left after `graceMs`. */
  drain(ask: (process: Process) => void, graceMs: number): Promise<void>;
}

/** So many starts that fail one after the other, with no worker left that serves, are enough. */
const mostFailedStarts = 5;

interface Slot<Process> {
  readonly id: number;
  process: Process | undefined;
  state: WorkerStatus['state'];
  sinceMs: number;
  restarts: number;
  lastEnd: string | undefined;
}

/** Builds a pool; nothing runs before `open`. */
export function createWorkerPool<Process extends StartedProcess>(parts: WorkerPoolParts<Process>): WorkerPool<Process> {
  const { now, wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) } = parts;
  const slots: Slot<Process>[] = Array.from({ length: parts.count }, (_, index) => ({
    id: index + 1,
    process: undefined,
    state: 'starting',
    sinceMs: now(),
    restarts: 0,
    lastEnd: undefined,
  }));
  let isStopping = false;
  let failedStarts = 0;

  function enter(slot: Slot<Process>, state: WorkerStatus['state']): void {
    slot.state = state;
    slot.sinceMs = now();
  }

  /** One life of a worker. Answers how it ended; `hasServed` false when it never came that far. */
  async function live(slot: Slot<Process>, onUp: (failure?: Error) => void) {
    const process = parts.start(slot.id);
    slot.process = process;
    enter(slot, 'starting');
    let failure: Error | undefined;
    try {
      const early = process.exited.then((how) => {
        throw new Fault('internal', `Worker ${slot.id} ended before it served: ${how}.`);
      });
      await Promise.race([parts.bringUp(process, slot.id), early]);
      if (!isStopping) enter(slot, 'serving');
      failedStarts = 0;
      parts.onServing(slot.id, process);
      onUp();
    } catch (thrown) {
      failure = toFault(thrown);
      process.kill();
      onUp(failure);
    }
    const how = await process.exited;
    slot.process = undefined;
    slot.lastEnd = failure === undefined ? how : failure.message;
    return { how: slot.lastEnd, hasServed: failure === undefined };
  }

  async function keepAlive(slot: Slot<Process>, onFirstUp: (failure?: Error) => void): Promise<void> {
    const backOff = createBackOff(parts.monotonicMs);
    let onUp = onFirstUp;
    while (!isStopping) {
      backOff.began();
      const { how, hasServed } = await live(slot, onUp);
      onUp = () => undefined;
      if (isStopping) return;
      if (!hasServed) failedStarts += 1;
      if (failedStarts >= mostFailedStarts && !slots.some(({ state }) => state === 'serving')) {
        isStopping = true;
        parts.onGivenUp(how);
        return;
      }
      const retryMs = backOff.nextMs();
      enter(slot, 'waiting');
      parts.onEnded(slot.id, how, retryMs);
      await wait(retryMs);
      slot.restarts += 1;
    }
  }

  async function endAll(): Promise<void> {
    const left = slots.flatMap(({ process }) => process ?? []);
    for (const process of left) process.kill();
    await Promise.all(left.map(({ exited }) => exited));
  }

  return {
    async open() {
      const firsts = slots.map((slot) => {
        const up = Promise.withResolvers<void>();
        void keepAlive(slot, (failure) => {
          if (failure === undefined) return up.resolve();
          // A start that fails is told to whoever starts; it is not tried again.
          isStopping = true;
          up.reject(failure);
        });
        return up.promise;
      });
      try {
        await Promise.all(firsts);
      } catch (thrown) {
        isStopping = true;
        await endAll();
        await Promise.allSettled(firsts);
        throw thrown;
      }
    },
    processes: () => slots.flatMap(({ id, process }) => (process === undefined ? [] : { id, process })),
    status: () =>
      slots.map(({ id, process, state, sinceMs, restarts, lastEnd }) => ({
        id,
        pid: process?.pid,
        state,
        sinceMs,
        restarts,
        lastEnd,
      })),
    areAllServing: () => slots.every(({ state }) => state === 'serving'),
    async drain(ask, graceMs) {
      isStopping = true;
      for (const slot of slots) {
        if (slot.process === undefined) continue;
        enter(slot, 'draining');
        ask(slot.process);
      }
      const ended = Promise.all(slots.flatMap(({ process }) => process?.exited ?? []));
      const late = setTimeout(() => void endAll(), graceMs);
      await ended;
      clearTimeout(late);
    },
  };
}
