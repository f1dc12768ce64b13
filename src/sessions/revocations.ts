import { Fault } from '../decision/fault.ts';
import { type PersonId, personKey } from '../state/person-key.ts';
import type { RecordWrite, StateStore } from '../state/state-store.ts';
import { decodeSubject, encodeSubject } from './session-record.ts';

/** Whether a sign-in may stand, and the write that must go with it so that no revocation slips in between. */
export type SignInCheck =
  | { readonly outcome: 'clear'; readonly guard: RecordWrite }
  | { readonly outcome: 'revoked_since'; readonly sinceMs: number };

/** Marks on subjects: after a revocation a sign-in counts only when it was proved later (security-rules.md 1). */
export interface Revocations {
  mark(subject: PersonId): Promise<void>;
  /** When the subject was last revoked; `undefined`: never, or it was forgiven. */
  find(subject: PersonId): Promise<number | undefined>;
  /** Lifts the mark: the provider's next sign-in counts, however old. Answers false when there was none. */
  forgive(subject: PersonId): Promise<boolean>;
  /** The mark as a write, for the transaction that ends what was there. */
  markWrite(subject: PersonId): RecordWrite;
  /** @param authenticatedAtMs the provider's auth_time; without one, or with one from the future, a marked subject is refused. */
  check(subject: PersonId, authenticatedAtMs: number | undefined, guardUntilMs: number): Promise<SignInCheck>;
}

/** Longer than any provider keeps a sign-in alive. */
const markKeptMs = 400 * 24 * 60 * 60 * 1000;
/** How far a provider's clock may run ahead of ours. */
const clockToleranceMs = 60_000;
const attempts = 5;

export function createRevocations(store: StateStore, now: () => number): Revocations {
  const markWrite = (subject: PersonId): RecordWrite => ({
    kind: 'subject',
    key: personKey(subject),
    value: encodeSubject(now()),
    expiresAtMs: now() + markKeptMs,
    expectedVersion: 'any',
    isClosing: true,
  });

  return {
    markWrite,
    async mark(subject) {
      await store.write(markWrite(subject));
    },
    async find(subject) {
      const stored = await store.read('subject', personKey(subject));
      return stored.found === 'record' ? decodeSubject(stored.record) : undefined;
    },
    async forgive(subject) {
      const key = personKey(subject);
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const stored = await store.read('subject', key);
        if (stored.found !== 'record' || decodeSubject(stored.record) === undefined) return false;
        const { version, expiresAtMs } = stored.record;
        const value = encodeSubject(undefined);
        // Not over a revocation that came in between: that one was not meant.
        const written = await store.write({ kind: 'subject', key, value, expiresAtMs, expectedVersion: version });
        if (written.outcome === 'written') return true;
      }
      throw new Fault('state_conflict', 'The person could not be forgiven, because they kept signing in. Try again.');
    },
    async check(subject, authenticatedAtMs, guardUntilMs) {
      const key = personKey(subject);
      const stored = await store.read('subject', key);
      const record = stored.found === 'record' ? stored.record : undefined;
      const revokedAtMs = record === undefined ? undefined : decodeSubject(record);
      if (revokedAtMs !== undefined) {
        const isProvedSince =
          authenticatedAtMs !== undefined &&
          authenticatedAtMs > revokedAtMs &&
          authenticatedAtMs <= now() + clockToleranceMs;
        if (!isProvedSince) return { outcome: 'revoked_since', sinceMs: revokedAtMs };
      }
      return {
        outcome: 'clear',
        guard: {
          kind: 'subject',
          key,
          value: encodeSubject(revokedAtMs),
          expiresAtMs: Math.max(record?.expiresAtMs ?? 0, guardUntilMs),
          expectedVersion: record?.version ?? 0,
          isLogged: false,
        },
      };
    },
  };
}
