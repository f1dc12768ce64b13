import { type Closure, nameOfClosure } from './closure.ts';
import type { ReadResult, RecordKind, StoredRecord } from './state-store.ts';

type Tombstone = Extract<ReadResult, { found: 'tombstone' }>;
type Put = Extract<Closure, { type: 'put' }>;
type Through = Extract<Closure, { type: 'through' }>;

/** Closures that are not in the state file yet, and how the records behind them look meanwhile. */
export interface WaitingClosures {
  isEmpty(): boolean;
  all(): readonly Closure[];
  /** The tombstone that a record has, or that its owner gives it. */
  tombstoneOf(kind: RecordKind, key: string, owner: string | undefined): Tombstone | undefined;
  /** A record as it will be. */
  recordOf(kind: RecordKind, key: string): StoredRecord | undefined;
  puts(kind: RecordKind): readonly StoredRecord[];
  add(closure: Closure): void;
  remove(closure: Closure): void;
  /** Goes by another list; answers which of it are new. */
  replace(next: readonly Closure[]): readonly Closure[];
}

export function createWaitingClosures(): WaitingClosures {
  const byName = new Map<string, Closure>();
  /** Owners are named without their kind. */
  const buried = new Map<string, Extract<Closure, { type: 'bury' }>>();
  const throughs = new Map<RecordKind, Through>();

  function add(closure: Closure): void {
    const name = nameOfClosure(closure);
    // The first cause stays, as in the file.
    if (closure.type === 'bury' && byName.get(name)?.type === 'bury') return;
    byName.set(name, closure);
    if (closure.type === 'bury') buried.set(closure.key, closure);
    if (closure.type === 'through') throughs.set(closure.kind, closure);
  }

  function remove(closure: Closure): void {
    byName.delete(nameOfClosure(closure));
    if (closure.type === 'bury') buried.delete(closure.key);
    if (closure.type === 'through') throughs.delete(closure.kind);
  }

  function find(kind: RecordKind, key: string): Closure | undefined {
    return byName.get(`one\n${kind}\n${key}`);
  }

  function throughFor(key: string): Closure | undefined {
    for (const closure of throughs.values()) if (isThrough(closure, key)) return closure;
    return undefined;
  }

  return {
    isEmpty: () => byName.size === 0,
    all: () => [...byName.values()],
    tombstoneOf(kind, key, owner) {
      if (byName.size === 0) return undefined;
      const own = find(kind, key);
      const closure =
        (own?.type === 'bury' ? own : undefined) ??
        throughFor(key) ??
        (owner === undefined ? undefined : (buried.get(owner) ?? throughFor(owner)));
      if (closure === undefined || closure.type === 'put') return undefined;
      return { found: 'tombstone', cause: closure.cause, sinceMs: closure.sinceMs };
    },
    recordOf(kind, key) {
      const closure = find(kind, key);
      return closure?.type === 'put' ? recordOfPut(closure) : undefined;
    },
    puts: (kind) =>
      [...byName.values()]
        .filter((closure): closure is Put => closure.type === 'put' && closure.kind === kind)
        .map(recordOfPut),
    add,
    remove,
    replace(next) {
      const names = new Set(next.map(nameOfClosure));
      for (const closure of [...byName.values()]) if (!names.has(nameOfClosure(closure))) remove(closure);
      const added = next.filter((closure) => !isSame(byName.get(nameOfClosure(closure)), closure));
      for (const closure of added) add(closure);
      return added;
    },
  };
}

/** Keys that begin alike are of one kind (`ses_`), so a key says whether it is meant, as an owner too. */
function isThrough({ throughKey }: Through, key: string): boolean {
  const prefix = throughKey.slice(0, throughKey.indexOf('_') + 1);
  return prefix !== '' && key.startsWith(prefix) && key <= throughKey;
}

function isSame(one: Closure | undefined, other: Closure): boolean {
  if (one === undefined || one.type !== other.type) return false;
  return one.type !== 'put' || (other.type === 'put' && one.value === other.value);
}

function recordOfPut({ kind, key, version, owner, expiresAtMs, value }: Put): StoredRecord {
  return { kind, key, version, owner, expiresAtMs, value };
}
