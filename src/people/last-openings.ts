import { z } from 'zod';
import { type AuthenticationMethod, authenticationMethods } from '../decision/decision.ts';
import { parseRecord } from '../state/parse-record.ts';
import { type PersonId, personKeyInLines } from '../state/person-key.ts';
import type { StateStore, StoredRecord } from '../state/state-store.ts';

/** A request that somebody was let in with. */
export interface LastOpening {
  readonly route: string;
  readonly host: string;
  readonly method: string;
  /** Canonical. */
  readonly path: string;
  readonly address: string | undefined;
  /** Of the connection; `undefined`: it showed none. */
  readonly deviceId: string | undefined;
  /** What had been proved, whenever. */
  readonly methods: readonly AuthenticationMethod[];
  readonly atMs: number;
}

export interface OpeningsOfPerson {
  readonly person: PersonId & { readonly email: string };
  /** The newest of each route. */
  readonly openings: readonly LastOpening[];
}

/**
 * What the people of `break_glass` opened last: a reload is tried with it. Kept for them alone, shared by all processes, and
 * for a month, so that it also tells who was on the list lately.
 */
export interface LastOpenings {
  /** On each request that passed; written once a minute for each route. Never throws, never waits. */
  note(person: OpeningsOfPerson['person'], opening: LastOpening): void;
  all(): Promise<readonly OpeningsOfPerson[]>;
  /** Gives up on requests that somebody decided to take away. */
  forget(person: PersonId, given: readonly Pick<LastOpening, 'host' | 'path'>[]): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

const noteEveryMs = 60_000;
const keptMs = 30 * 24 * 60 * 60 * 1000;
/** Routes of a person. */
const mostRoutes = 50;
/** People whose last notes are remembered here; lists of break-glass accounts are short. */
const mostPeople = 1_000;
const attempts = 5;

const recordShape = z.object({
  person: z.object({ issuer: z.string(), subject: z.string(), email: z.string() }),
  openings: z.array(
    z.object({
      route: z.string(),
      host: z.string(),
      method: z.string(),
      path: z.string(),
      address: z.string().optional(),
      deviceId: z.string().optional(),
      methods: z.array(z.enum(authenticationMethods)),
      atMs: z.number(),
    }),
  ),
});

/** @param onFault hears of a note that could not be written: the next request of that person is noted again. */
export function createLastOpenings(store: StateStore, onFault: (thrown: unknown) => void): LastOpenings {
  const noted = new Map<string, number>();
  let writing: Promise<void> = Promise.resolve();

  async function change(
    person: OpeningsOfPerson['person'],
    edit: (openings: readonly LastOpening[]) => readonly LastOpening[],
  ): Promise<void> {
    const key = personKeyInLines(person);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const stored = await store.read('last_openings', key);
      const before = stored.found === 'record' ? stored.record : undefined;
      const openings = edit(before === undefined ? [] : decode(before).openings);
      const newest = Math.max(0, ...openings.map(({ atMs }) => atMs));
      const written = await store.write({
        kind: 'last_openings',
        key,
        expiresAtMs: newest + keptMs,
        value: JSON.stringify({ person, openings }),
        expectedVersion: before?.version ?? 0,
        isLogged: false,
      });
      if (written.outcome !== 'conflict') return;
    }
  }

  return {
    note({ issuer, subject, email }, opening) {
      const key = `${issuer}\n${subject}\n${opening.route}`;
      if (opening.atMs - (noted.get(key) ?? 0) < noteEveryMs) return;
      if (noted.size >= mostPeople) noted.clear();
      noted.set(key, opening.atMs);
      writing = writing
        .then(() =>
          change({ issuer, subject, email }, (before) =>
            [opening, ...before.filter(({ route }) => route !== opening.route)]
              .toSorted((one, other) => other.atMs - one.atMs)
              .slice(0, mostRoutes),
          ),
        )
        .catch((thrown: unknown) => {
          noted.delete(key);
          onFault(thrown);
        });
    },
    async all() {
      await writing;
      return (await store.list('last_openings', { limit: mostPeople })).map(decode);
    },
    async forget(person, given) {
      await writing;
      const known = await store.read('last_openings', personKeyInLines(person));
      if (known.found !== 'record') return;
      const isGiven = (one: LastOpening) => given.some(({ host, path }) => one.host === host && one.path === path);
      await change(decode(known.record).person, (openings) => openings.filter((one) => !isGiven(one)));
      noted.clear();
    },
    close: () => writing,
  };
}

function decode(record: StoredRecord): OpeningsOfPerson {
  const { person, openings } = parseRecord(recordShape, record);
  return { person, openings: openings.map((one) => ({ ...one, address: one.address, deviceId: one.deviceId })) };
}
