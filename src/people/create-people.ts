import { setImmediate as breathe } from 'node:timers/promises';
import { Fault } from '../decision/fault.ts';
import { canonicalEmailClaim } from '../policy/canonical-email.ts';
import { personKeyInLines } from '../state/person-key.ts';
import type { StateStore, StoredRecord } from '../state/state-store.ts';
import { nameTag, nameTagsOf } from '../state/tags.ts';
import type { KnownPerson, People } from './known-person.ts';
import { decodePerson, decodeUse, encodePerson, keptMs, mergeUse } from './person-record.ts';
import { createRouteUse } from './route-use.ts';

/** What the directory needs. */
export interface PeopleOptions {
  readonly store: StateStore;
  readonly now: () => number;
  /** Calls `work` every `everyMs` until the answer is called. Default: a timer that does not hold the process. */
  readonly every?: (everyMs: number, work: () => Promise<void>) => () => void;
  /** Hears of a failure of the work that runs beside requests; it is tried again. */
  readonly onBackgroundFault?: (fault: unknown) => void;
  /** How many people are known at most; those who signed in least lately go. Default 100,000. */
  readonly capacity?: number;
}

const flushEveryMs = 1_000;
const sweepEveryMs = 60 * 60 * 1_000;
const attempts = 5;
/** One for each provider, as a rule. */
const mostOfOneName = 1_000;
/** A page is a millisecond or two of the event loop. */
const pageSize = 100;

function defaultEvery(everyMs: number, work: () => Promise<void>): () => void {
  const timer = setInterval(() => void work(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Builds the directory of the people who have signed in. */
export function createPeople(options: PeopleOptions): People {
  const { store, now, every = defaultEvery, onBackgroundFault } = options;
  const capacity = options.capacity ?? 100_000;
  const use = createRouteUse(store);
  /** At the start others may have come since the last look. */
  let mayBeOverCapacity = true;

  async function* recordPages(): AsyncGenerator<readonly StoredRecord[]> {
    let after = '';
    for (;;) {
      const page = await store.list('person', { after, limit: pageSize });
      if (page.length > 0) yield page;
      const last = page.at(-1);
      if (page.length < pageSize || last === undefined) return;
      after = last.key;
      await breathe();
    }
  }

  const complete = async (record: StoredRecord): Promise<KnownPerson> => {
    const stored = await store.read('person_use', record.key);
    const written = stored.found === 'record' ? decodeUse(stored.record) : new Map<string, number>();
    return { ...decodePerson(record), lastUsedAtMs: mergeUse(written, use.pending(record.key)) };
  };

  /** A little under the limit, so that the next newcomer does not cause the next sweep. */
  const sweep = async (): Promise<void> => {
    if (!mayBeOverCapacity) return;
    mayBeOverCapacity = false;
    const seen: { readonly key: string; readonly atMs: number }[] = [];
    for await (const page of recordPages())
      for (const record of page) seen.push({ key: record.key, atMs: decodePerson(record).lastSeenAtMs });
    if (seen.length <= capacity) return;
    seen.sort((one, other) => one.atMs - other.atMs);
    for (const { key } of seen.slice(0, seen.length - Math.floor(capacity * 0.95))) await remove(key);
  };

  const remove = async (key: string): Promise<void> => {
    use.forget(key);
    await store.remove('person', key);
    await store.remove('person_use', key);
    await store.remove('last_openings', key);
  };

  const inBackground = (work: () => Promise<void>) => async (): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      onBackgroundFault?.(thrown);
    }
  };
  const stopFlushing = every(flushEveryMs, inBackground(use.flush));
  const stopSweeping = every(sweepEveryMs, inBackground(sweep));

  return {
    async remember(person) {
      const key = personKeyInLines(person);
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const stored = await store.read('person', key);
        const before = stored.found === 'record' ? stored.record : undefined;
        if (before === undefined) mayBeOverCapacity = true;
        const written = await store.write({
          kind: 'person',
          key,
          expiresAtMs: now() + keptMs,
          tags: nameTagsOf(person),
          value: encodePerson({
            person,
            firstSeenAtMs: before === undefined ? now() : decodePerson(before).firstSeenAtMs,
            lastSeenAtMs: now(),
          }),
          expectedVersion: before?.version ?? 0,
          isLogged: false,
        });
        if (written.outcome === 'written') return;
      }
      throw new Fault(
        'state_conflict',
        'The sign-in could not be noted, because the person kept signing in elsewhere.',
      );
    },
    noteUse: use.note,
    async *pages() {
      for await (const page of recordPages()) yield await Promise.all(page.map(complete));
    },
    async get(id) {
      const stored = await store.read('person', personKeyInLines(id));
      return stored.found === 'record' ? complete(stored.record) : undefined;
    },
    async find(emailOrSubject) {
      const email = canonicalEmailClaim(emailOrSubject) ?? emailOrSubject;
      const found = new Map<string, KnownPerson>();
      for (const name of new Set([email, emailOrSubject])) {
        for (const record of await store.list('person', { tag: nameTag(name), limit: mostOfOneName })) {
          const { person } = decodePerson(record);
          if (person.subject !== emailOrSubject && person.email !== email) continue;
          found.set(record.key, await complete(record));
        }
      }
      return [...found.values()];
    },
    async forget(id) {
      const key = personKeyInLines(id);
      const stored = await store.read('person', key);
      await remove(key);
      return stored.found === 'record';
    },
    async close() {
      stopFlushing();
      stopSweeping();
      // The first may be one that was running already, without the last notes.
      await use.flush();
      await use.flush();
    },
  };
}
