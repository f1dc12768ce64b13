import { ulid } from 'ulid';
import type { SessionSettings } from '../config/snapshot.ts';
import { Fault } from '../decision/fault.ts';
import { createGrowingCache } from '../state/growing-cache.ts';
import type { StateStore } from '../state/state-store.ts';
import { createActivity, planLastSeen } from './activity.ts';
import { createEndSessions } from './end-sessions.ts';
import { endCauseOf, graceMs } from './expiry.ts';
import { createSessionFinder } from './find-session.ts';
import { createListSessions } from './list-sessions.ts';
import { createRaise, singleSignOnWrite } from './raise-session.ts';
import { createReturnTargets } from './return-targets.ts';
import { createRevocations } from './revocations.ts';
import type { EndCause, OnForeignHost, Session, SessionId, Sessions } from './session.ts';
import { createSessionMemory } from './session-memory.ts';
import { asSessionId, encodeSession, sessionMarks } from './session-record.ts';
import { createSweep } from './sweep-overdue.ts';
import { createTickets } from './tickets.ts';

/** What the registry needs. */
export interface SessionsOptions {
  readonly store: StateStore;
  /** The settings as of now: a reload acts on the next request, a stricter one on sessions that run already. */
  readonly settings: () => SessionSettings;
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
  /** Calls `work` every `everyMs` until the answer is called. Default: a timer that does not hold the process. */
  readonly every?: (everyMs: number, work: () => Promise<void>) => () => void;
  /** Hears once, in the process that did it, of each session that ended: for metrics and audit. */
  readonly onEnded?: (session: Session, cause: EndCause) => void;
  readonly onForeignHost?: OnForeignHost;
  /** Notes whose session began, or whose claims are new; a failure goes to `onBackgroundFault` and keeps nobody out. */
  readonly rememberPerson?: (person: Session['person']) => Promise<void>;
  /** Hears of a failure of the work that runs every second; it is tried again. */
  readonly onBackgroundFault?: (fault: unknown) => void;
  /** Whether this process ends what is over by time although nobody asks for it: one does. Default false. */
  readonly isSweeping?: boolean;
  /** How many sessions, and how many credentials, are remembered at most. Default 50,000. */
  readonly memoryCapacity?: number;
}

const everyMs = 1_000;
const attempts = 5;

function defaultEvery(everyMs: number, work: () => Promise<void>): () => void {
  const timer = setInterval(() => void work(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Builds the session registry of a process. */
export function createSessions(options: SessionsOptions): Sessions {
  const { store, settings, now, randomBytes, every = defaultEvery } = options;
  const { memoryCapacity: capacity = 50_000 } = options;
  const memory = createSessionMemory(capacity);
  const activity = createActivity({ store, settings, now, capacity });
  const recentUse = createRecentUse(capacity);
  const revocations = createRevocations(store, now);
  const targets = createReturnTargets(store, now, randomBytes);
  const randomFraction = (): number => randomBytes(4).readUInt32BE() / 2 ** 32;
  const endListeners = new Set<(id: SessionId) => void>();
  /** Known when a gap was seen in the log: any of them may have ended unheard. */
  const unsure = new Set<SessionId>();

  const { onEnded } = options;
  const { end, endAllOf, endProvedBy } = createEndSessions({ store, revocations, now, onEnded });
  const sweep = createSweep({ store, settings, now, onEnded });

  const { onForeignHost } = options;
  const finder = createSessionFinder({ store, settings, memory, activity, end, onForeignHost });
  const find = async (id: SessionId): Promise<Session | undefined> => {
    await store.freshen();
    const found = await finder.byId(id, now());
    return found.found === 'session' ? found.entry.session : undefined;
  };
  const tickets = createTickets({ store, settings, now, randomBytes, findSession: find });

  const tellEnd = (id: SessionId): void => {
    for (const listener of endListeners) listener(id);
  };
  const stopListening = store.onChange((change) => {
    if (change.type === 'everything') for (const id of memory.sessionIds()) unsure.add(id);
    memory.apply(change);
    if (change.type === 'record' && change.kind === 'session' && change.wasBuried) tellEnd(asSessionId(change.key));
  });

  const onBackgroundFault = (fault: unknown): void => options.onBackgroundFault?.(fault);
  const rememberPerson = async (person: Session['person']): Promise<void> => {
    try {
      await options.rememberPerson?.(person);
    } catch (fault) {
      onBackgroundFault(fault);
    }
  };

  const settleUnsure = async (): Promise<void> => {
    for (const id of [...unsure]) {
      const found = await finder.byId(id, now());
      unsure.delete(id);
      if (found.found !== 'session') tellEnd(id);
    }
  };
  const stopTimer = every(everyMs, async () => {
    try {
      await activity.flush();
      await settleUnsure();
      if (options.isSweeping === true) await sweep.run();
    } catch (fault) {
      onBackgroundFault(fault);
    }
  });

  return {
    freshen: () => store.freshen(),
    findByCredential: finder.byCredential,
    touch(id, nowMs) {
      const entry = memory.findSession(id);
      if (entry !== undefined && nowMs > entry.lastSeenAtMs) entry.lastSeenAtMs = nowMs;
      activity.note(id, nowMs);
      recentUse.note(id, nowMs);
    },
    usedSince: recentUse.since,
    lastSeenAtMs(id) {
      const known = memory.findSession(id)?.lastSeenAtMs;
      const pending = activity.pendingAtMs(id);
      return known === undefined ? pending : Math.max(known, pending ?? 0);
    },
    find,
    async endOf(id) {
      const stored = await store.read('session', id);
      return stored.found === 'tombstone' ? { cause: endCauseOf(stored.cause), atMs: stored.sinceMs } : undefined;
    },
    async start(newSession, authenticatedAtMs, issue) {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const signedInAtMs = now();
        const expiresAtMs = signedInAtMs + settings().expirationMs;
        const check = await revocations.check(newSession.person, authenticatedAtMs, expiresAtMs);
        if (check.outcome === 'revoked_since') return check;
        const id = asSessionId(`ses_${ulid(signedInAtMs, randomFraction)}`);
        const singleSignOn = issue?.(id);
        const session = {
          ...newSession,
          signedInAtMs,
          expiresAtMs,
          ...(singleSignOn && { singleSignOnKey: singleSignOn.key }),
        };
        const [written] = await store.writeAll([
          {
            ...sessionMarks(session),
            kind: 'session',
            key: id,
            value: encodeSession(session),
            expiresAtMs: expiresAtMs + graceMs,
            expectedVersion: 0,
          },
          planLastSeen(id, signedInAtMs, settings(), 0),
          check.guard,
          ...(singleSignOn === undefined ? [] : [singleSignOnWrite(id, singleSignOn)]),
        ]);
        if (written?.outcome === 'written') {
          await rememberPerson(session.person);
          return { outcome: 'started', session: { ...session, id, version: written.version } };
        }
      }
      throw new Fault(
        'state_conflict',
        'The session could not be started, because the person signed in elsewhere at the same time. Try again.',
      );
    },
    ...createRaise({ store, rememberPerson, onBackgroundFault }),
    end,
    endAllOf,
    revokedAtMs: revocations.find,
    forgive: revocations.forgive,
    endProvedBy,
    onEnd(listener) {
      endListeners.add(listener);
      return () => endListeners.delete(listener);
    },
    ...createListSessions({ store, settings, activity, now }),
    saveReturnTarget: targets.save,
    findReturnTarget: targets.find,
    mintTicket: tickets.mint,
    redeemTicket: (ticket, host, attemptSecret, replacedCredential) =>
      tickets.redeem(ticket, host, attemptSecret, replacedCredential),
    async close() {
      stopTimer();
      sweep.stop();
      try {
        await activity.flush('all');
      } finally {
        stopListening();
      }
    },
  };
}

/** Which sessions this process has seen used lately. Unlike the memory of records it outlives their changes. */
interface RecentUse {
  note(id: SessionId, atMs: number): void;
  /** Those used since then; the others are forgotten. */
  since(sinceMs: number): readonly SessionId[];
}

/** @param capacity how many are remembered at most; the one that was used longest ago goes first */
function createRecentUse(capacity: number): RecentUse {
  const usedAtMs = createGrowingCache<SessionId, number>(capacity);
  return {
    note: (id, atMs) => void usedAtMs.set(id, atMs),
    since(sinceMs) {
      for (const [id, atMs] of [...usedAtMs.entries()]) if (atMs < sinceMs) usedAtMs.delete(id);
      return [...usedAtMs.keys()];
    },
  };
}
