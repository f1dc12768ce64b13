import { setTimeout as delay } from 'node:timers/promises';
import type { FollowingStore } from '../state/state-store.ts';
import type { StreamWatch } from './watch-streams.ts';

/** How often a state that does not answer is asked again while bytes are held back. */
const againMs = 10;
/**
 * The fence in front of what is already open. A process that hung for longer than the state's lease (250 ms) may have missed
 * a revocation that was answered without it: before it passes a byte on, it looks, and waits for what it heard to close.
 */
export function createFence(parts: {
  readonly store: Pick<FollowingStore, 'fence' | 'catchUp'>;
  readonly streamWatch: Pick<StreamWatch, 'settled'>;
}): () => Promise<void> | undefined {
  const { store, streamWatch } = parts;
  let holding: Promise<void> | undefined;

  async function hear(): Promise<void> {
    for (;;) {
      try {
        store.catchUp();
        return;
      } catch {
        // Streams that nobody can decide are closed after ten seconds, and these bytes with them.
        await delay(againMs);
      }
    }
  }

  async function hold(isHeard: boolean): Promise<void> {
    if (!isHeard) await hear();
    // What ends holds its own bytes from that moment on, however long its close takes.
    await streamWatch.settled();
  }

  return () => {
    if (holding !== undefined) return holding;
    let isHeard = true;
    try {
      if (!store.fence()) return undefined;
    } catch {
      isHeard = false;
    }
    holding = hold(isHeard).finally(() => {
      holding = undefined;
    });
    return holding;
  };
}
