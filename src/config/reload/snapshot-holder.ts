import type { Snapshot } from '../snapshot.ts';

/** The configuration that runs, and whoever has to hear when another takes its place. */
export interface SnapshotHolder {
  /** The running configuration. A request reads it once and keeps what it read from start to end. */
  snapshot(): Snapshot;
  /** Puts another in its place: from the next request on. Every listener has heard before it returns. */
  swap(next: Snapshot): void;
  /**
   * Hears of each swap after it. Runs in the swap, between two requests: whatever takes long is begun here and goes on
   * afterwards. A listener that throws keeps none of the others from hearing. Returns how to stop.
   */
  onSwap(listener: (next: Snapshot, before: Snapshot) => void): () => void;
}

/** Holds a first configuration. `onFault` hears what a listener threw. */
export function createSnapshotHolder(first: Snapshot, onFault: (thrown: unknown) => void): SnapshotHolder {
  let current = first;
  const listeners = new Set<(next: Snapshot, before: Snapshot) => void>();
  return {
    snapshot: () => current,
    swap(next) {
      const before = current;
      current = next;
      for (const listener of listeners) {
        try {
          listener(next, before);
        } catch (thrown) {
          onFault(thrown);
        }
      }
    },
    onSwap(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
