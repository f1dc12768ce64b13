import type { Deny } from '../decision/decision.ts';
import type { LockSubject } from '../locks/create-locks.ts';
import type { Lock } from '../locks/lock.ts';
import type { Session } from '../sessions/session.ts';
import type { Question } from './judge.ts';

/** Whose locks keep a request out. @param session the one that counts: not that of a foreign device */
export function holderOf({ route, device }: Question, session: Session | undefined): LockSubject {
  return { person: session?.person, sessionId: session?.id, deviceId: device?.deviceId, route: route.name };
}

/** The no of a lock. No rule is asked: a lock beats all of them, grants and `break_glass` too (security-rules.md 9). */
export function denyByLock({ target, message, expiresAtMs }: Lock): Deny {
  return {
    outcome: 'deny',
    reason: 'account_locked',
    lock: { on: target.kind, untilMs: expiresAtMs, message },
    trace: [],
  };
}
