import type { SessionSettings } from '../config/snapshot.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import { toFault } from '../decision/fault.ts';
import { hashSecret, isSecret } from '../state/secret.ts';
import type { StateStore } from '../state/state-store.ts';
import type { Activity } from './activity.ts';
import { endCauseOf, overdueCause } from './expiry.ts';
import type { CredentialLookup, EndCause, HostCredential, OnForeignHost, SessionId } from './session.ts';
import type { SessionEntry, SessionMemory } from './session-memory.ts';
import { decodeCredential, decodeSession } from './session-record.ts';

/** A session by its id. */
export type SessionLookup =
  | { readonly found: 'session'; readonly entry: SessionEntry }
  | { readonly found: 'ended'; readonly cause: EndCause }
  | { readonly found: 'nothing' };

/** Finds sessions: in memory where that will do, else in the store. */
export interface SessionFinder {
  byId(id: SessionId, nowMs: number): Promise<SessionLookup>;
  /** Without a promise for what is remembered and alive. */
  byCredential(
    secret: string,
    host: string,
    nowMs: number,
    decisionId?: DecisionId,
  ): CredentialLookup | Promise<CredentialLookup>;
}

const nothing = { found: 'nothing' } as const;

export function createSessionFinder(deps: {
  readonly store: StateStore;
  readonly settings: () => SessionSettings;
  readonly memory: SessionMemory;
  readonly activity: Activity;
  /** Ends a session that is over by time. */
  readonly end: (id: SessionId, cause: 'idle' | 'absolute') => Promise<unknown>;
  readonly onForeignHost?: OnForeignHost | undefined;
}): SessionFinder {
  const { store, settings, memory, activity, end } = deps;

  const notHere = (
    { sessionId }: HostCredential,
    host: string,
    decisionId: DecisionId | undefined,
  ): CredentialLookup => {
    deps.onForeignHost?.(sessionId, host, decisionId);
    return nothing;
  };

  const isAlive = (entry: SessionEntry, nowMs: number): boolean =>
    entry.isCurrent && overdueCause(entry.session, entry.lastSeenAtMs, settings(), nowMs) === undefined;

  const byId = async (id: SessionId, nowMs: number): Promise<SessionLookup> => {
    const known = memory.findSession(id);
    if (known !== undefined && isAlive(known, nowMs)) return { found: 'session', entry: known };
    const mark = memory.markFill();
    const [stored, used] = await store.readAll([
      { kind: 'session', key: id },
      { kind: 'last_seen', key: id },
    ]);
    if (stored?.found === 'tombstone') return { found: 'ended', cause: endCauseOf(stored.cause) };
    if (stored?.found !== 'record') return nothing;
    const session = decodeSession(stored.record);
    // Another process may have seen the person more lately than this one.
    const lastSeenAtMs = Math.max(activity.learn(id, used) ?? 0, session.signedInAtMs);
    const cause = overdueCause(session, lastSeenAtMs, settings(), nowMs);
    if (cause !== undefined) {
      try {
        await end(id, cause);
      } catch (thrown) {
        // It is over whether that can be written or not; whoever looks next finds the same.
        if (toFault(thrown).code !== 'state_unwritable') throw thrown;
      }
      return { found: 'ended', cause };
    }
    return { found: 'session', entry: memory.keepSession(mark, session, lastSeenAtMs) };
  };

  const loadCredential = async (
    secret: string,
    host: string,
    nowMs: number,
    decisionId: DecisionId | undefined,
  ): Promise<CredentialLookup> => {
    const hash = hashSecret(secret);
    const mark = memory.markFill();
    const stored = await store.read('credential', hash);
    if (stored.found === 'tombstone') return { found: 'ended', cause: endCauseOf(stored.cause) };
    if (stored.found === 'nothing') return nothing;
    const credential = decodeCredential(stored.record);
    if (credential.host !== host) return notHere(credential, host, decisionId);
    const session = await byId(credential.sessionId, nowMs);
    if (session.found !== 'session') return session;
    return memory.keepCredential(mark, secret, hash, credential, session.entry).answer;
  };

  return {
    byId,
    byCredential(secret, host, nowMs, decisionId) {
      if (!isSecret(secret)) return nothing;
      const remembered = memory.findCredential(secret);
      if (remembered === undefined) return loadCredential(secret, host, nowMs, decisionId);
      if (remembered.answer.credential.host !== host) return notHere(remembered.answer.credential, host, decisionId);
      return isAlive(remembered.entry, nowMs) ? remembered.answer : loadCredential(secret, host, nowMs, decisionId);
    },
  };
}
