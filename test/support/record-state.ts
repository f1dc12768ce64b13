import type { RecordKind, StateStore, StoredRecord } from '../../src/state/state-store.ts';

type AuditState = Pick<StateStore, 'read' | 'write' | 'list' | 'remove'>;

/** The part of the state store that the trail uses, in memory. */
export function createMemoryState(): AuditState & { readonly records: Map<string, StoredRecord> } {
  const records = new Map<string, StoredRecord>();
  const nameOf = (kind: RecordKind, key: string) => `${kind}/${key}`;
  return {
    records,
    async read(kind, key) {
      const record = records.get(nameOf(kind, key));
      return record === undefined ? { found: 'nothing' } : { found: 'record', record };
    },
    async write({ kind, key, value, expectedVersion }) {
      const version = records.get(nameOf(kind, key))?.version ?? 0;
      if (expectedVersion !== 'any' && expectedVersion !== version) return { outcome: 'conflict' };
      const record = { kind, key, value, version: version + 1, owner: undefined, expiresAtMs: undefined };
      records.set(nameOf(kind, key), record);
      return { outcome: 'written', version: version + 1 };
    },
    list: async (kind) => [...records.values()].filter((record) => record.kind === kind),
    async remove(kind, key) {
      records.delete(nameOf(kind, key));
    },
  };
}
