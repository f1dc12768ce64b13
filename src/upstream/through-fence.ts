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
}

/** @param mayFlow whether a source may go on once nothing is held any more: whoever takes it may be full */
export function createHold(fence: Fence, mayFlow: () => boolean): Hold {
  let held: (() => void)[] | undefined;
  return {
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

/** Closes over a callback of a connection, so that what it throws or rejects with ends that one alone. */
type Guarded = (callback: (chunk: Buffer) => unknown) => (chunk: Buffer) => void;

/** What a source gives, handed on in order. A class, since each open WebSocket has two for as long as it stands. */
export class FencedSource {
  readonly #source: Readable;
  readonly #fence: Fence;
  readonly #act: (chunk: Buffer) => boolean;
  #waiting: Buffer[] | undefined;
  #isFull = false;

  constructor(source: Readable, fence: Fence, act: (chunk: Buffer) => boolean) {
    this.#source = source;
    this.#fence = fence;
    this.#act = act;
  }

  /** A promise where the chunk has to wait; see {@link Hold}. */
  take(chunk: Buffer): Promise<void> | undefined {
    if (this.#waiting !== undefined) {
      this.#waiting.push(chunk);
      return undefined;
    }
    const until = this.#fence();
    if (until === undefined) {
      this.#pass(chunk);
      return undefined;
    }
    this.#source.pause();
    const waiting = [chunk];
    this.#waiting = waiting;
    return until.then(() => {
      this.#waiting = undefined;
      for (const next of waiting) this.#pass(next);
      if (!this.#isFull) this.#source.resume();
    });
  }

  /** Lets it flow, unless something of it is being held back. */
  resume(): void {
    this.#isFull = false;
    if (this.#waiting === undefined) this.#source.resume();
  }

  #pass(chunk: Buffer): void {
    this.#isFull = !this.#act(chunk);
    if (this.#isFull) this.#source.pause();
  }
}

/** @param act takes a chunk; false: the source is paused until somebody resumes it */
export function throughFence(
  source: Readable,
  fence: Fence,
  guarded: Guarded,
  act: (chunk: Buffer) => boolean,
): FencedSource {
  const fenced = new FencedSource(source, fence, act);
  source.on(
    'data',
    guarded((chunk) => fenced.take(chunk)),
  );
  return fenced;
}
