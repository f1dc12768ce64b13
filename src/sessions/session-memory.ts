import { createGrowingCache } from '../state/growing-cache.ts';
import type { Change } from '../state/state-store.ts';
import type { CredentialLookup, HostCredential, Session, SessionId } from './session.ts';

/** A session as this process knows it. */
export interface SessionEntry {
  readonly session: Session;
  lastSeenAtMs: number;
  /** False once the record has changed or left the memory: whoever still holds the entry must load it anew. */
  isCurrent: boolean;
}

/** A credential with its session, and the answer to give for it. */
export interface RememberedCredential {
  readonly hash: string;
  readonly entry: SessionEntry;
  readonly answer: Extract<CredentialLookup, { found: 'session' }>;
}

/** Marks the moment before the store was read. What changed since then is answered, but not remembered. */
export type FillMark = number;

/** What this process remembers of sessions and credentials. Bounded; the change log alone keeps it true. */
export interface SessionMemory {
  /** By the secret itself, which never leaves the process; the store knows only its hash. */
  findCredential(secret: string): RememberedCredential | undefined;
  findSession(id: SessionId): SessionEntry | undefined;
  markFill(): FillMark;
  keepSession(mark: FillMark, session: Session, lastSeenAtMs: number): SessionEntry;
  keepCredential(
    mark: FillMark,
    secret: string,
    hash: string,
    credential: HostCredential,
    entry: SessionEntry,
  ): RememberedCredential;
  apply(change: Change): void;
  sessionIds(): readonly SessionId[];
}

/** @param capacity how many credentials, and how many sessions, are remembered at most. */
export function createSessionMemory(capacity: number): SessionMemory {
  let changes = 0;
  const secretsByHash = new Map<string, string>();
  const credentials = createGrowingCache<string, RememberedCredential>(capacity, {
    dispose: (remembered, secret) => {
      if (secretsByHash.get(remembered.hash) === secret) secretsByHash.delete(remembered.hash);
    },
    noDisposeOnSet: true,
  });
  const sessions = createGrowingCache<string, SessionEntry>(capacity, {
    dispose: (entry) => {
      entry.isCurrent = false;
    },
  });

  const forgetCredential = (hash: string): void => {
    const secret = secretsByHash.get(hash);
    if (secret !== undefined) credentials.delete(secret);
  };

  return {
    findCredential(secret) {
      const remembered = credentials.get(secret);
      return remembered?.entry.isCurrent === true ? remembered : undefined;
    },
    findSession: (id) => sessions.get(id),
    markFill: () => changes,
    keepSession(mark, session, lastSeenAtMs) {
      const isCurrent = mark === changes;
      const entry: SessionEntry = { session, lastSeenAtMs, isCurrent };
      if (isCurrent) sessions.set(session.id, entry);
      return entry;
    },
    keepCredential(mark, secret, hash, credential, entry) {
      const remembered: RememberedCredential = {
        hash,
        entry,
        answer: { found: 'session', session: entry.session, credential },
      };
      if (mark === changes && entry.isCurrent) {
        credentials.set(secret, remembered);
        secretsByHash.set(hash, secret);
      }
      return remembered;
    },
    apply(change) {
      if (change.type === 'everything') {
        changes += 1;
        credentials.clear();
        sessions.clear();
        return;
      }
      if (change.kind === 'session') {
        changes += 1;
        sessions.delete(change.key);
      } else if (change.kind === 'credential') {
        changes += 1;
        forgetCredential(change.key);
      }
    },
    sessionIds: () => [...sessions.values()].map((entry) => entry.session.id),
  };
}
