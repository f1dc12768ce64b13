import { z } from 'zod';
import { Fault } from '../decision/fault.ts';
import { createGrowingCache } from '../state/growing-cache.ts';
import { type PersonId, personKey } from '../state/person-key.ts';
import type { StateStore } from '../state/state-store.ts';

/** When each person was first warned of each posture (security-rules.md 13). Kept for good: a warning never restarts. */
export interface FirstWarnings {
  /** Epoch milliseconds; `never` when this person was not warned yet. Without a promise when remembered. Call after `store.freshen()`. */
  of(person: PersonId, posture: string): FirstWarning | Promise<FirstWarning>;
  /** Notes the first warning; of two at once, the first stands, and both hear its time. On disk when it answers. */
  begin(person: PersonId, posture: string, nowMs: number): Promise<number>;
  /** Stops listening to the store. */
  close(): void;
}

/** An object, so that "never" can be remembered as well. */
export interface FirstWarning {
  readonly atMs: number | 'never';
}

const remembered = 20_000;
const never: FirstWarning = { atMs: 'never' };
const stored = z.strictObject({ atMs: z.number() });

function parse(json: string): FirstWarning {
  try {
    return stored.parse(JSON.parse(json));
  } catch (cause) {
    throw new Fault('state_corrupt', 'The time of a first warning could not be read from the store.', { cause });
  }
}

/** Builds the memory of first warnings on the store. Faults of the store pass through: one that is away is not "never warned". */
export function createFirstWarnings(store: StateStore): FirstWarnings {
  const known = createGrowingCache<string, FirstWarning>(remembered);
  // Counts changes, so that a fill that a change crossed is not kept.
  let generation = 0;
  const stop = store.onChange((change) => {
    if (change.type === 'everything') {
      generation += 1;
      known.clear();
    } else if (change.kind === 'posture_warning') {
      generation += 1;
      known.delete(change.key);
    }
  });

  async function load(key: string): Promise<FirstWarning> {
    const before = generation;
    const read = await store.read('posture_warning', key);
    const warning = read.found === 'record' ? parse(read.record.value) : never;
    if (generation === before) known.set(key, warning);
    return warning;
  }

  return {
    of: (person, posture) => {
      const key = personKey(person, posture);
      return known.get(key) ?? load(key);
    },
    begin: async (person, posture, nowMs) => {
      const key = personKey(person, posture);
      const value = JSON.stringify({ atMs: nowMs });
      const { outcome } = await store.write({ kind: 'posture_warning', key, value, expectedVersion: 0 });
      if (outcome === 'written') return nowMs;
      const { atMs } = await load(key);
      if (atMs === 'never') throw new Fault('state_conflict', 'The first warning of a posture could not be noted.');
      return atMs;
    },
    close: () => {
      stop();
      known.clear();
    },
  };
}
