import { Fault } from '../../src/decision/fault.ts';
import type {
  Change,
  RecordKind,
  RecordWrite,
  StateStore,
  StoredRecord,
  WriteResult,
} from '../../src/state/state-store.ts';

/** A state store in memory, with the contract's versions, tombstones and change log; `isAway` makes every call fail. */
export function createMemoryStore(
  now: () => number,
): StateStore & { isAway: boolean; reads: number; fireChange(change: Change): void } {
  const records = new Map<string, StoredRecord>();
  const marks = new Map<string, Pick<RecordWrite, 'tags' | 'countedAs' | 'dueAtMs'>>();
  const tombstones = new Map<string, { cause: string; sinceMs: number }>();
  const listeners = new Set<(change: Change) => void>();
  const idOf = (kind: string, key: string): string => `${kind} ${key}`;

  function live(kind: string, key: string): StoredRecord | undefined {
    const record = records.get(idOf(kind, key));
    return record?.expiresAtMs !== undefined && record.expiresAtMs < now() ? undefined : record;
  }

  async function answer<Value>(work: () => Value): Promise<Value> {
    await Promise.resolve();
    if (store.isAway) throw new Fault('state_unavailable', 'The store does not answer.');
    return work();
  }

  function check(write: RecordWrite): WriteResult {
    if (tombstones.has(idOf(write.kind, write.key))) return { outcome: 'buried' };
    const version = live(write.kind, write.key)?.version ?? 0;
    if (write.expectedVersion !== 'any' && write.expectedVersion !== version) return { outcome: 'conflict' };
    return { outcome: 'written', version: version + 1 };
  }

  function apply(write: RecordWrite, version: number): void {
    const { kind, key, owner, expiresAtMs, value, isLogged = true } = write;
    records.set(idOf(kind, key), { kind, key, version, owner, expiresAtMs, value });
    marks.set(idOf(kind, key), write);
    if (isLogged) store.fireChange({ type: 'record', kind, key, owner, wasBuried: false });
  }

  function bury(kind: RecordKind, key: string, cause: string): number {
    tombstones.set(idOf(kind, key), { cause, sinceMs: now() });
    const gone = [...records].filter(([id, record]) => id === idOf(kind, key) || record.owner === key);
    for (const [id] of gone) records.delete(id);
    store.fireChange({ type: 'record', kind, key, owner: undefined, wasBuried: true });
    return gone.length;
  }

  const store = {
    isAway: false,
    reads: 0,
    fireChange: (change: Change) => {
      for (const listener of listeners) listener(change);
    },
    freshen: () => undefined,
    onChange: (listener: (change: Change) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    read: (kind, key) =>
      answer(() => {
        store.reads += 1;
        const tombstone = tombstones.get(idOf(kind, key));
        if (tombstone !== undefined) return { found: 'tombstone', ...tombstone };
        const record = live(kind, key);
        return record === undefined ? { found: 'nothing' } : { found: 'record', record };
      }),
    readAll: (names) => Promise.all(names.map(({ kind, key }) => store.read(kind, key))),
    writeEach: async (writes) => {
      const results: WriteResult[] = [];
      for (const write of writes) results.push(await store.write(write));
      return results;
    },
    write: async (write) => {
      const [result] = await store.writeAll([write]);
      if (result === undefined) throw new Error('no result');
      return result;
    },
    writeAll: (writes) =>
      answer(() => {
        const results = writes.map(check);
        if (results.every(({ outcome }) => outcome === 'written')) {
          for (const [index, write] of writes.entries()) {
            const result = results[index];
            if (result?.outcome === 'written') apply(write, result.version);
          }
        }
        return results;
      }),
    take: (kind, key) =>
      answer(() => {
        const record = live(kind, key);
        records.delete(idOf(kind, key));
        if (record !== undefined)
          store.fireChange({ type: 'record', kind, key, owner: record.owner, wasBuried: false });
        return record;
      }),
    remove: (kind, key) =>
      answer(() => {
        const owner = live(kind, key)?.owner;
        records.delete(idOf(kind, key));
        store.fireChange({ type: 'record', kind, key, owner, wasBuried: false });
      }),
    bury: (kind, key, cause) => answer(() => bury(kind, key, cause)),
    buryAll: (kind, burials, { writes = [] } = {}) =>
      answer(() => {
        for (const write of writes) apply(write, (live(write.kind, write.key)?.version ?? 0) + 1);
        return burials.map(({ key, cause }) => bury(kind, key, cause));
      }),
    list: (kind, { owner, tag, limit, after = '' } = {}) =>
      answer(() =>
        [...records.values()]
          .filter((record) => record.kind === kind && record.key > after && (owner ?? record.owner) === record.owner)
          .filter(({ key }) => tag === undefined || marks.get(idOf(kind, key))?.tags?.includes(tag))
          .filter((record) => record.expiresAtMs === undefined || record.expiresAtMs > now())
          .sort((one, other) => (one.key < other.key ? -1 : 1))
          .slice(0, limit),
      ),
    listDue: (kind, by, untilMs, limit) =>
      answer(() => {
        const timeOf = ({ key, expiresAtMs }: StoredRecord) =>
          (by === 'due' ? marks.get(idOf(kind, key))?.dueAtMs : expiresAtMs) ?? Number.POSITIVE_INFINITY;
        return [...records.values()]
          .filter((record) => record.kind === kind && timeOf(record) <= untilMs)
          .sort((one, other) => timeOf(one) - timeOf(other))
          .slice(0, limit);
      }),
    count: (kind) =>
      answer(() => {
        const counts = new Map<string, number>();
        for (const record of records.values()) {
          const name = record.kind === kind ? marks.get(idOf(kind, record.key))?.countedAs : undefined;
          if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
        }
        return counts;
      }),
    probe: () =>
      store.isAway ? Promise.reject(new Fault('state_unavailable', 'The store is away.')) : Promise.resolve(),
    close: () => Promise.resolve(),
  } satisfies StateStore & { isAway: boolean; reads: number; fireChange(change: Change): void } as StateStore & {
    isAway: boolean;
    reads: number;
    fireChange(change: Change): void;
  };
  return store;
}
