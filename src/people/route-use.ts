import { personKeyInLines } from '../state/person-key.ts';
import type { RecordWrite, StateStore } from '../state/state-store.ts';
import type { Person } from './known-person.ts';
import { decodeUse, encodeUse, keptMs, mergeUse } from './person-record.ts';

/** Who used which route when: noted in memory, written once a second, merged with what other processes saw (security-rules.md 28). */
export interface RouteUse {
  note(person: Person, route: string, nowMs: number): void;
  /** What is noted and not yet written. */
  pending(key: string): ReadonlyMap<string, number>;
  forget(key: string): void;
  /** Writes what is noted. Rejects when the store is away; nothing is forgotten then. */
  flush(): Promise<void>;
}

/** "Last used" is read in days: finer than this, and every busy person would be a write each second. */
const noteEveryMs = 60_000;
/** People in one transaction: it holds the write lock of all processes. */
const batchSize = 200;
const nothing: ReadonlyMap<string, number> = new Map();

export function createRouteUse(store: StateStore): RouteUse {
  /** By the object that a session carries, so that a request hashes nothing. */
  const noted = new WeakMap<Person, Map<string, number>>();
  const waiting = new Map<string, Map<string, number>>();
  let running: Promise<void> | undefined;

  const plan = async (key: string, used: ReadonlyMap<string, number>): Promise<RecordWrite | undefined> => {
    // Somebody who was forgotten meanwhile must not come back by this door.
    const person = await store.read('person', key);
    if (person.found !== 'record') return undefined;
    const stored = await store.read('person_use', key);
    const before = stored.found === 'record' ? decodeUse(stored.record) : nothing;
    return {
      kind: 'person_use',
      key,
      expiresAtMs: Math.max(...used.values()) + keptMs,
      value: encodeUse(mergeUse(before, used)),
      expectedVersion: stored.found === 'record' ? stored.record.version : 0,
      isLogged: false,
    };
  };

  /** What could not be written waits on, under what was noted since. */
  const putBack = (key: string, used: ReadonlyMap<string, number>): void => {
    waiting.set(key, new Map(mergeUse(used, waiting.get(key) ?? nothing)));
  };

  const writeBatch = async (batch: readonly (readonly [string, ReadonlyMap<string, number>])[]): Promise<void> => {
    const writes: RecordWrite[] = [];
    for (const [key, used] of batch) {
      const write = await plan(key, used);
      if (write !== undefined) writes.push(write);
    }
    const results = writes.length === 0 ? [] : await store.writeAll(writes);
    if (results.every(({ outcome }) => outcome === 'written')) return;
    // Another process wrote one of them in between, and then none was written; the next second merges anew.
    const left = new Set(writes.map(({ key }) => key));
    for (const [key, used] of batch) if (left.has(key)) putBack(key, used);
  };

  const writeWaiting = async (): Promise<void> => {
    const all = [...waiting];
    waiting.clear();
    for (let from = 0; from < all.length; from += batchSize) {
      try {
        await writeBatch(all.slice(from, from + batchSize));
      } catch (thrown) {
        for (const [key, used] of all.slice(from)) putBack(key, used);
        throw thrown;
      }
    }
  };

  return {
    note(person, route, nowMs) {
      let times = noted.get(person);
      if (times === undefined) {
        times = new Map();
        noted.set(person, times);
      }
      const before = times.get(route);
      if (before !== undefined && nowMs - before < noteEveryMs) return;
      times.set(route, nowMs);
      const key = personKeyInLines(person);
      const used = waiting.get(key);
      if (used === undefined) waiting.set(key, new Map([[route, nowMs]]));
      else used.set(route, nowMs);
    },
    pending: (key) => waiting.get(key) ?? nothing,
    forget: (key) => void waiting.delete(key),
    flush() {
      running ??= writeWaiting().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
