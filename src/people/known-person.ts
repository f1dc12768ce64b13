import type { PersonFacts } from '../decision/facts.ts';
import type { PersonId } from '../state/person-key.ts';

/** Whom a sign-in was for, as rules see the person. */
export type Person = Omit<PersonFacts, 'sessionId'>;

/** Somebody who has signed in. Claims and groups are those of the sign-in at `person.asOfMs`. */
export interface KnownPerson {
  readonly person: Person;
  readonly firstSeenAtMs: number;
  /** The newest sign-in. */
  readonly lastSeenAtMs: number;
  /** By route; the routes that were used last, at most 200. Precise to a minute. */
  readonly lastUsedAtMs: ReadonlyMap<string, number>;
}

/**
 * Everybody who has signed in here: what who-can, access, impact and the lockout guard know of people. There is no
 * directory sync, so whoever never signed in is not in it.
 */
export interface People {
  /** Notes a sign-in, or a session's new claims. */
  remember(person: Person): Promise<void>;
  /** On each request that passed: memory now, the store within a second, once a minute for each route (security-rules.md 28). */
  noteUse(person: Person, route: string, nowMs: number): void;
  /** Everybody, a page at a time, so that no other work waits long. */
  pages(): AsyncIterable<readonly KnownPerson[]>;
  /** One person, by the subject that a provider gave them. */
  get(id: PersonId): Promise<KnownPerson | undefined>;
  /** By e-mail address (as rules spell it) or by `sub`: there may be several, of several providers. */
  find(emailOrSubject: string): Promise<readonly KnownPerson[]>;
  /** Forgets a person until the next sign-in; sessions go on. Answers false when nobody was known. */
  forget(id: PersonId): Promise<boolean>;
  close(): Promise<void>;
}
