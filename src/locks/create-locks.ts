import type { StateStore } from '../state/state-store.ts';
import { formatLock, isInForce, keyOfLock, type Lock, type LockTarget, namesOf, parseLock } from './lock.ts';

/** Who or what asks; a lock on any of them is a no. */
export interface LockSubject {
  readonly person?: { readonly issuer: string; readonly subject: string } | undefined;
  readonly sessionId?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly route?: string | undefined;
}

/** All locks, in memory in front of the state and kept true by its change log. They survive a restart. */
export interface Locks {
  /**
   * Makes the memory whole after `store.freshen()`; `undefined` when there is nothing to wait for, which is the usual
   * case. Rejects when the store does not answer: that is never "no lock".
   */
  load(): Promise<void> | undefined;
  /** The lock that keeps this out; of several the one that holds longest. Call after `load()`. Costs nothing while there are none. */
  find(subject: LockSubject, nowMs: number): Lock | undefined;
  /** Sets it, in the place of one on the same target. On disk, and heard by every worker, when it answers. */
  set(lock: Lock): Promise<'set' | 'replaced'>;
  /** Lifts it; answers what was lifted, `undefined` when there was none. */
  lift(target: LockTarget): Promise<Lock | undefined>;
  /** Those in force, from the store. */
  list(): Promise<readonly Lock[]>;
  /** Stops listening to the store. */
  close(): void;
}

const pageSize = 500;

/** Builds the locks on the store. @param now milliseconds since the epoch */
export function createLocks({ store, now }: { readonly store: StateStore; readonly now: () => number }): Locks {
  // By target for requests, by record for changes.
  const byName = new Map<string, Lock>();
  const nameOfRecord = new Map<string, string>();
  const staleRecords = new Set<string>();
  let isAllStale = true;
  let loading: Promise<void> | undefined;

  const stop = store.onChange((change) => {
    if (change.type === 'everything') isAllStale = true;
    else if (change.kind === 'lock') staleRecords.add(change.key);
  });

  function forget(recordKey: string): void {
    const name = nameOfRecord.get(recordKey);
    if (name !== undefined) byName.delete(name);
    nameOfRecord.delete(recordKey);
  }

  function remember(recordKey: string, lock: Lock): void {
    const name = nameOf(lock.target.kind, ...namesOf(lock.target));
    byName.set(name, lock);
    nameOfRecord.set(recordKey, name);
  }

  async function readAll(): Promise<readonly { readonly key: string; readonly lock: Lock }[]> {
    const all: { readonly key: string; readonly lock: Lock }[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await store.list('lock', { limit: pageSize, ...(after === undefined ? {} : { after }) });
      all.push(...page.map(({ key, value }) => ({ key, lock: parseLock(value) })));
      if (page.length < pageSize) return all;
      after = page.at(-1)?.key;
    }
  }

  /** Goes on until nothing changed while it read. What could not be read stays to be read. */
  async function fill(): Promise<void> {
    for (;;) {
      if (isAllStale) {
        isAllStale = false;
        staleRecords.clear();
        try {
          const all = await readAll();
          byName.clear();
          nameOfRecord.clear();
          for (const { key, lock } of all) remember(key, lock);
        } catch (thrown) {
          isAllStale = true;
          throw thrown;
        }
        continue;
      }
      const [key] = staleRecords;
      if (key === undefined) return;
      staleRecords.delete(key);
      try {
        const read = await store.read('lock', key);
        const lock = read.found === 'record' ? parseLock(read.record.value) : undefined;
        forget(key);
        if (lock !== undefined) remember(key, lock);
      } catch (thrown) {
        staleRecords.add(key);
        throw thrown;
      }
    }
  }

  return {
    load() {
      if (!isAllStale && staleRecords.size === 0 && loading === undefined) return undefined;
      loading ??= fill().finally(() => {
        loading = undefined;
      });
      return loading;
    },
    find(subject, nowMs) {
      if (byName.size === 0) return undefined;
      let longest: Lock | undefined;
      for (const name of namesToAsk(subject)) {
        const lock = byName.get(name);
        if (lock !== undefined && isInForce(lock, nowMs) && (longest === undefined || endOf(lock) > endOf(longest))) {
          longest = lock;
        }
      }
      return longest;
    },
    async set(lock) {
      const key = keyOfLock(lock.target);
      const before = await store.read('lock', key);
      const value = formatLock(lock);
      const write = { kind: 'lock', key, value, expiresAtMs: lock.expiresAtMs } as const;
      await store.write({ ...write, expectedVersion: 'any', isDurable: true, isClosing: true });
      return before.found === 'record' ? 'replaced' : 'set';
    },
    async lift(target) {
      const taken = await store.take('lock', keyOfLock(target));
      if (taken === undefined) return undefined;
      const lock = parseLock(taken.value);
      return isInForce(lock, now()) ? lock : undefined;
    },
    async list() {
      const nowMs = now();
      return (await readAll()).map(({ lock }) => lock).filter((lock) => isInForce(lock, nowMs));
    },
    close() {
      stop();
      byName.clear();
      nameOfRecord.clear();
    },
  };
}

/** Joined by what no name can hold. */
function nameOf(kind: LockTarget['kind'], ...names: readonly string[]): string {
  return `${kind}\n${names.join('\n')}`;
}

function* namesToAsk({ person, sessionId, deviceId, route }: LockSubject): Iterable<string> {
  if (person !== undefined) yield nameOf('person', person.issuer, person.subject);
  if (sessionId !== undefined) yield nameOf('session', sessionId);
  if (deviceId !== undefined) {
    yield nameOf('device', deviceId);
    // A lock says no: that of a name alone holds for the devices of every authority that have the name.
    const name = deviceId.replace(/@[0-9a-f]{32}$/, '');
    if (name !== deviceId) yield nameOf('device', name);
  }
  if (route !== undefined) yield nameOf('route', route);
}

function endOf({ expiresAtMs }: Lock): number {
  return expiresAtMs ?? Number.POSITIVE_INFINITY;
}
