import type { Readable } from 'node:stream';

/**
 * Asked before bytes are passed on that were allowed earlier. `undefined`: they may go. A promise: this process has not
 * looked for a while at what was revoked; once it resolves, what must not go on is closed. Never throws or rejects.
 */
export type Fence = () => Promise<void> | undefined;

/** Where there is nothing to look at. */
export const noFence: Fence = () => undefined;

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
  let isHeld = false;

  function take(chunk: Buffer): void {
    if (!act(chunk)) source.pause();
  }

  async function hold(chunk: Buffer, until: Promise<void>): Promise<void> {
    isHeld = true;
    source.pause();
    await until;
    isHeld = false;
    source.resume();
    take(chunk);
  }

  const onData = guarded((chunk) => {
    const until = fence();
    return until === undefined ? take(chunk) : hold(chunk, until);
  });
  source.on('data', onData);
  return {
    resume() {
      if (!isHeld) source.resume();
    },
  };
}
