import { setImmediate as breathe } from 'node:timers/promises';
import { readOrDamaged } from '../state/read-or-damaged.ts';
import type { RecordWrite, StateStore } from '../state/state-store.ts';
import { formatBaseline, mergeBaselines, parseBaseline } from './person-baseline.ts';
import type { RememberedPerson } from './remembered-session.ts';

/** How long a baseline outlives the last time that anything was learned. */
const keptMs = 180 * 24 * 3_600_000;

/** People written in one transaction. */
const batchSize = 50;

/**
 * Writes the baselines of `changed`, merged with what other processes wrote meanwhile, and takes them out of it. Those
 * that could not be written stay for the next time. A damaged record stays as it is: whoever loads it next refuses.
 */
export async function writeBaselines(
  store: StateStore,
  changed: Map<string, RememberedPerson>,
  nowMs: number,
): Promise<void> {
  const all = [...changed];
  for (let start = 0; start < all.length; start += batchSize) {
    if (start > 0) await breathe();
    const batch = all.slice(start, start + batchSize);
    const reads = await Promise.all(batch.map(([key]) => readOrDamaged(store, 'risk_person', key)));
    const writes: RecordWrite[] = [];
    for (const [index, [key, person]] of batch.entries()) {
      const read = reads[index];
      changed.delete(key);
      if (read === undefined || read === 'damaged' || read.found === 'tombstone') continue;
      if (read.found === 'record') {
        const kept = readKept(read.record.value, nowMs);
        if (kept === undefined) continue;
        person.baseline = mergeBaselines(person.baseline, kept);
      }
      writes.push({
        kind: 'risk_person',
        key,
        // A clock that is behind must not let it expire.
        expiresAtMs: Math.max(nowMs, lastSeenAtMs(person)) + keptMs,
        value: formatBaseline(person.baseline),
        expectedVersion: read.found === 'record' ? read.record.version : 0,
        isLogged: false,
      });
    }
    const again = (): void => {
      for (const [key, person] of batch) if (writes.some((write) => write.key === key)) changed.set(key, person);
    };
    try {
      const results = await store.writeAll(writes);
      // Another process wrote one of them at the same instant: all are merged again a second later.
      if (results.some(({ outcome }) => outcome === 'conflict')) again();
    } catch (thrown) {
      again();
      throw thrown;
    }
  }
}

function lastSeenAtMs({ baseline }: RememberedPerson): number {
  return Math.max(0, ...baseline.familiar.network.map(({ seenAtMs }) => seenAtMs));
}

function readKept(json: string, nowMs: number) {
  try {
    return parseBaseline(json, nowMs);
  } catch {
    return undefined;
  }
}
