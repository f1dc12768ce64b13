import type { ListFilter, RecordKind, StateStore, StoredRecord } from './state-store.ts';
import type { WaitingClosures } from './waiting-closures.ts';

/**
 * A list of the store as it will be once everything that waits is written: a page stays full where records in it are
 * gone, since a short page means the end.
 */
export async function listAround(
  inner: Pick<StateStore, 'list'>,
  waiting: Pick<WaitingClosures, 'isEmpty' | 'tombstoneOf' | 'puts'>,
  kind: RecordKind,
  filter: ListFilter,
): Promise<readonly StoredRecord[]> {
  if (waiting.isEmpty()) return inner.list(kind, filter);
  const { limit = Number.POSITIVE_INFINITY, owner } = filter;
  const first = filter.after ?? '';
  // What waits has no tags: it is found by its key.
  const candidates = filter.tag === undefined ? waiting.puts(kind) : [];
  const puts = candidates.filter((record) => record.key > first && (owner === undefined || record.owner === owner));
  const replaced = new Set(puts.map(({ key }) => key));
  const found: StoredRecord[] = [];
  let after = filter.after;
  let isOver = false;
  while (!isOver && found.length < limit) {
    const page = await inner.list(kind, after === undefined ? filter : { ...filter, after });
    isOver = filter.limit === undefined || page.length < filter.limit;
    after = page.at(-1)?.key;
    found.push(
      ...page.filter(
        (record) => !replaced.has(record.key) && waiting.tombstoneOf(kind, record.key, record.owner) === undefined,
      ),
    );
  }
  // Beyond the last key that was read, a later page has them.
  const reach = isOver ? undefined : after;
  const added = puts.filter(({ key }) => reach === undefined || key <= reach);
  const all = [...found, ...added].sort((one, other) => (one.key < other.key ? -1 : 1));
  return all.slice(0, limit);
}
