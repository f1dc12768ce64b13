import type { Readable } from 'node:stream';

/**
 * Asked before bytes are passed on that were allowed earlier. `undefined`: they may go. A promise: this process has not
 * looked for a while at what was revoked; once it resolves, what must not go on is closed. Never throws or rejects.
 */
export type Fence = () => Promise<void> | undefined;

/** Where there is nothing to look at. */
export const noFence: Fence = () => undefined;

/** What can be stopped for a while. */
interface Pausable {
  pause(): void;
  resume(): void;
}

/** Passes things on in order: at once as a rule, and what comes while the fence is up once it is down. */
export interface Hold {
  /**
   * A promise where it has to wait: over when all that waits was passed on. It rejects with what passing it on threw.
   * The source is paused meanwhile, and may go on giving.
   */
  pass(source: Pausable, act: () => void): Promise<void> | undefined;
  isHolding(): boolean;
}

/** @param mayFlow whether a source may go on once nothing is held any more: whoever takes it may be full */
export function createHold(fence: Fence, mayFlow: () => boolean): Hold {
  let held: (() => void)[] | undefined;
  return {
    isHolding: () => held !== undefined,
    pass(source, act) {
      if (held !== undefined) {
        held.push(act);
        return undefined;
      }
      const until = fence();
      if (until === undefined) {
        act();
        return undefined;
      }
      source.pause();
      const waiting = [act];
      held = waiting;
      return until.then(() => {
        held = undefined;
        for (const next of waiting) next();
        if (mayFlow()) source.resume();
      });
    },
  };
}

/** What a source gives, handed on in order. */
export interface FencedSource {
  /** Lets it flow, unless something of it is being held back. */
  resume(): void;
}

/** Closes over a callback of a connection, so that what it throws or rejects with ends that one alone. */
type Guarded = (callback: (chunk: Buffer) => unknown) => (chunk: Buffer) => void;

/** @param act takes a chunk; false: the source is paused until somebody resumes it */
export function throughFence(
  source: Readable,
  fence: Fence,
  guarded: Guarded,
  act: (chunk: Buffer) => boolean,
): FencedSource {
  let isFull = false;
  const hold = createHold(fence, () => !isFull);

  function take(chunk: Buffer): void {
    isFull = !act(chunk);
    if (isFull) source.pause();
  }

  source.on(
    'data',
    guarded((chunk) => hold.pass(source, () => take(chunk))),
  );
  return {
    resume() {
      isFull = false;
      if (!hold.isHolding()) source.resume();
    },
  };
}
