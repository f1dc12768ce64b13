import { availableParallelism } from 'node:os';
import type { WorkerReport } from '../../admin/admin-dependencies.ts';
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

/** A worker as `postern status` shows it, without what only it can say. */
export type WorkerStatus = Omit<WorkerReport, 'config' | 'streams'>;

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

/** How a replacement of all workers went. */
export type Rolled =
  | { readonly outcome: 'replaced'; readonly workers: number }
  /** A new one could not be brought up, and why; so many had been replaced. */
  | { readonly outcome: 'stopped'; readonly workers: number; readonly why: string }
  /** Another replacement is under way, or the program is ending. */
  | { readonly outcome: 'busy' }
  /** There are no workers. */
  | { readonly outcome: 'alone' };

/** Keeps as many workers alive as it was told to. */
export interface WorkerPool<Process extends StartedProcess> {
  /** Resolves when all serve. Rejects with what the first failure said; then none is left. */
  open(): Promise<void>;
  /** Every process that has not ended, with its number. */
  processes(): readonly { readonly id: number; readonly process: Process }[];
  status(): readonly WorkerStatus[];
  areAllServing(): boolean;
  /**
   * Puts a new process in the place of each, one after the other: the new one serves before the old one is asked to end, and
   * the next is begun once that is gone (killed after `graceMs`). Stops at the first that cannot be brought up.
   */
  replace(ask: (process: Process) => void, graceMs: number): Promise<Rolled>;
  /** Restarts none from now on; asks each to end, and kills what is left after `graceMs`. */
  drain(ask: (process: Process) => void, graceMs: number): Promise<void>;
}

/** So many starts that fail one after the other, with no worker left that serves, are enough. */
const mostFailedStarts = 5;

interface Slot<Process> {
  readonly id: number;
  process: Process | undefined;
  /** Processes beside that one: being brought up to replace it, or replaced and ending. */
  readonly beside: Set<Process>;
  /** Resolves when another process takes the place of that one. */
  taken: PromiseWithResolvers<undefined>;
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
    beside: new Set(),
    taken: Promise.withResolvers(),
    state: 'starting',
    sinceMs: now(),
    restarts: 0,
    lastEnd: undefined,
  }));
  let isStopping = false;
  let isReplacing = false;
  let failedStarts = 0;

  function enter(slot: Slot<Process>, state: WorkerStatus['state']): void {
    slot.state = state;
    slot.sinceMs = now();
  }

  async function bringUp(process: Process, { id }: Slot<Process>): Promise<void> {
    const early = process.exited.then((how) => {
      throw new Fault('internal', `Worker ${id} ended before it served: ${how}.`);
    });
    await Promise.race([parts.bringUp(process, id), early]);
  }

  /** Answers why the new one could not be brought up; `undefined` when it serves, or when nothing was to replace. */
  async function replaceOne(slot: Slot<Process>, ask: (process: Process) => void, graceMs: number) {
    const old = slot.process;
    if (old === undefined || slot.state !== 'serving') return undefined;
    const next = parts.start(slot.id);
    slot.beside.add(next);
    try {
      await bringUp(next, slot);
    } catch (thrown) {
      next.kill();
      await next.exited;
      return toFault(thrown).message;
    } finally {
      slot.beside.delete(next);
    }
    if (slot.process !== old || isStopping) {
      // The old one died meanwhile and is started again anyway, or all are to end.
      next.kill();
      await next.exited;
      return undefined;
    }
    slot.beside.add(old);
    slot.process = next;
    enter(slot, 'serving');
    const { taken } = slot;
    slot.taken = Promise.withResolvers();
    taken.resolve(undefined);
    parts.onServing(slot.id, next);
    ask(old);
    const late = setTimeout(() => old.kill(), graceMs);
    await old.exited;
    clearTimeout(late);
    slot.beside.delete(old);
    return undefined;
  }

  /** One life of a worker. Answers how it ended; `hasServed` false when it never came that far. */
  async function live(slot: Slot<Process>, onUp: (failure?: Error) => void) {
    const process = parts.start(slot.id);
    slot.process = process;
    enter(slot, 'starting');
    let failure: Error | undefined;
    try {
      await bringUp(process, slot);
      if (!isStopping) enter(slot, 'serving');
      failedStarts = 0;
      parts.onServing(slot.id, process);
      onUp();
    } catch (thrown) {
      failure = toFault(thrown);
      process.kill();
      onUp(failure);
    }
    let how: string | undefined;
    while (how === undefined) {
      // Whoever has been replaced ends without anybody having to know here.
      how = await Promise.race([(slot.process ?? process).exited, slot.taken.promise]);
    }
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

  const allOf = ({ process, beside }: Slot<Process>) => [...(process === undefined ? [] : [process]), ...beside];

  async function endAll(): Promise<void> {
    const left = slots.flatMap(allOf);
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
    processes: () => slots.flatMap((slot) => allOf(slot).map((process) => ({ id: slot.id, process }))),
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
    async replace(ask, graceMs) {
      if (isReplacing || isStopping) return { outcome: 'busy' };
      isReplacing = true;
      let workers = 0;
      try {
        for (const slot of slots) {
          const why = await replaceOne(slot, ask, graceMs);
          if (why !== undefined) return { outcome: 'stopped', workers, why };
          workers += 1;
        }
        return { outcome: 'replaced', workers };
      } finally {
        isReplacing = false;
      }
    },
    async drain(ask, graceMs) {
      isStopping = true;
      for (const slot of slots) {
        if (slot.process !== undefined) enter(slot, 'draining');
        for (const process of allOf(slot)) ask(process);
      }
      const ended = Promise.all(slots.flatMap(allOf).map(({ exited }) => exited));
      const late = setTimeout(() => void endAll(), graceMs);
      await ended;
      clearTimeout(late);
    },
  };
}

/** How many processes `server.workers` asks for; `auto` is one for each core that this process may use. */
export function workerCount(workers: 'auto' | number | undefined, cores: () => number = availableParallelism): number {
  return workers === undefined || workers === 'auto' ? Math.max(1, cores()) : workers;
}
