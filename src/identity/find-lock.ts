import type { LockNotice } from '../decision/decision.ts';
import type { LockSubject } from '../locks/create-locks.ts';
import { noticeOf } from '../locks/lock.ts';
import type { Session } from '../sessions/session.ts';
import type { Exchange } from './exchange.ts';
import type { IdentityParts } from './parts.ts';

/** The lock that keeps these out of everything, if there is one. Rejects when the state does not answer. */
export async function findLock(
  { deps }: Pick<IdentityParts, 'deps'>,
  subject: Omit<LockSubject, 'route'>,
): Promise<LockNotice | undefined> {
  await deps.sessions.freshen();
  await deps.locks.load();
  const lock = deps.locks.find(subject, deps.now());
  return lock && noticeOf(lock);
}

/** Answers `account_locked`, with what the person may know of it. */
export function answerLocked(
  { answers, deps }: Pick<IdentityParts, 'answers' | 'deps'>,
  exchange: Exchange,
  lock: LockNotice,
  session: Session | undefined,
): void {
  const seconds = lock.untilMs === undefined ? undefined : Math.ceil((lock.untilMs - deps.now()) / 1000);
  answers.refuse(exchange, {
    reason: 'account_locked',
    lock,
    session,
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
  });
}
