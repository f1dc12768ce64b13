import { setImmediate as breathe } from 'node:timers/promises';
import type { Snapshot } from '../config/snapshot.ts';
import type { StreamRegistry } from './stream-registry.ts';

/** How many are judged before requests have their turn: some tens of microseconds each. */
const batch = 50;

export interface RecheckParts {
  readonly streams: Pick<StreamRegistry, 'all' | 'close'>;
  /** Hears what a recheck threw: that stream is closed. */
  readonly onFault: (thrown: unknown) => void;
  /** Ends it early: a newer configuration will look at all of them again. */
  readonly isOutdated: () => boolean;
}

/**
 * Decides every open stream again under a configuration that has just begun to run, and closes those that it does not
 * let in. Answers how many were closed.
 */
export async function recheckStreams(next: Snapshot, parts: RecheckParts): Promise<number> {
  let closed = 0;
  for (const [index, stream] of [...parts.streams.all()].entries()) {
    if (parts.isOutdated()) return closed;
    if (index % batch === batch - 1) await breathe();
    if (stream.isStillAllowed === undefined) continue;
    let isAllowed = false;
    try {
      isAllowed = await stream.isStillAllowed(next);
    } catch (thrown) {
      parts.onFault(thrown);
    }
    if (isAllowed) continue;
    parts.streams.close(stream);
    closed += 1;
  }
  return closed;
}
