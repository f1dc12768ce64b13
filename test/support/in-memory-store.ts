import { Fault } from '../../src/decision/fault.ts';
import type { RecordKind, StateStore, StoredRecord } from '../../src/state/state-store.ts';

/** A state store in memory, with a switch that takes it away. */
export interface InMemoryStore extends StateStore {
  isAway: boolean;
  /** Everything that it holds, for looking for secrets. */
  records(kind: RecordKind): readonly StoredRecord[];
}

export function createInMemoryStore(now: () => number): InMemoryStore {
  const records = new Map<string, StoredRecord>();
  const buried = new Map<string, { cause: string; sinceMs: number }>();
  const keyOf = (kind: string, key: string) => `${kind} ${key}`;
  const available = () => {
    if (store.isAway) throw new Fault('state_unavailable', 'The store of the test is away.');
  };
  const live = (kind: RecordKind, key: string) => {
    const record = records.get(keyOf(kind, key));
    return record?.expiresAtMs !== undefined && record.expiresAtMs <= now() ? undefined : record;
  };
  const store: InMemoryStore = {
    isAway: false,
    records: (kind) => [...records.values()].filter((record) => record.kind === kind),
    freshen: () => {
      available();
      return undefined;
    },
    onChange: () => () => undefined,
    async read(kind, key) {
      available();
      const tombstone = buried.get(keyOf(kind, key));
      if (tombstone !== undefined) return { found: 'tombstone', ...tombstone };
      const record = live(kind, key);
      return record === undefined ? { found: 'nothing' } : { found: 'record', record };
    },
    async write({ kind, key, owner, expiresAtMs, value, expectedVersion }) {
      available();
      if (buried.has(keyOf(kind, key))) return { outcome: 'buried' };
      if (owner !== undefined && buried.has(keyOf('session', owner))) return { outcome: 'buried' };
      const before = live(kind, key)?.version ?? 0;
      if (expectedVersion !== 'any' && expectedVersion !== before) return { outcome: 'conflict' };
      records.set(keyOf(kind, key), { kind, key, owner, expiresAtMs, value, version: before + 1 });
      return { outcome: 'written', version: before + 1 };
    },
    async writeAll(writes) {
      return Promise.all(writes.map((write) => store.write(write)));
    },
    async take(kind, key) {
      available();
      const record = live(kind, key);
      records.delete(keyOf(kind, key));
      return record;
    },
    async remove(kind, key) {
      available();
      records.delete(keyOf(kind, key));
    },
    async bury(kind, key, cause) {
      available();
      buried.set(keyOf(kind, key), { cause, sinceMs: now() });
      let gone = records.delete(keyOf(kind, key)) ? 1 : 0;
      for (const [at, record] of records) {
        if (record.owner !== key) continue;
        records.delete(at);
        gone += 1;
      }
      return gone;
    },
    async list(kind) {
      available();
      return store.records(kind);
    },
    isAvailable: async () => !store.isAway,
    close: async () => undefined,
  };
  return store;
}
