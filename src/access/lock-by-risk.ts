import type { Locks } from '../locks/create-locks.ts';
import type { Session, Sessions } from '../sessions/session.ts';

/** Locks a person because the risk of one of their sessions is what `medium: lock` or `high: lock` speaks of. */
export type LockByRisk = (session: Session, untilMs: number | undefined) => Promise<void>;

export type LockRecorder = (
  session: Session,
  detail: Readonly<Record<string, string | number | undefined>>,
) => Promise<void>;

/**
 * The lock comes first, then every session of the person ends. Only somebody who is signed in has a session with a risk:
 * failures of strangers lock nobody (security-rules.md 19). Rejects when the state does not answer.
 */
export function createLockByRisk(parts: {
  readonly locks: Pick<Locks, 'set'>;
  readonly sessions: Pick<Sessions, 'endAllOf'>;
  /** Writes down whom risk locked, and with which session. */
  readonly record: LockRecorder;
  readonly now: () => number;
}): LockByRisk {
  const { locks, sessions, record, now } = parts;
  return async (session, untilMs) => {
    const { id, person } = session;
    const { issuer, subject, email } = person;
    const target = { kind: 'person', issuer, subject } as const;
    const reason = `The risk of session ${id} was too high.`;
    await locks.set({ target, reason, setBy: 'risk', setAtMs: now(), expiresAtMs: untilMs });
    const ended = await sessions.endAllOf(target, 'risk');
    const until = untilMs === undefined ? undefined : new Date(untilMs).toISOString();
    const detail = { by: 'risk', kind: 'person', target: email ?? subject, until, sessions_ended: ended };
    await record(session, detail);
  };
}
