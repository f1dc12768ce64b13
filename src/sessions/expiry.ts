import { encodeTime } from 'ulid';
import type { SessionSettings } from '../config/snapshot.ts';
import type { EndCause, Session } from './session.ts';

/** Records outlive their session by this, so that whoever comes late can be told why it ended. */
export const graceMs = 60 * 60 * 1000;

/** So long after its time a session that nobody asks for is ended: what other processes saw of it is written by then. */
export const sweepSlackMs = 60_000;

const causes: Readonly<Record<EndCause, { readonly isRevocation: boolean }>> = {
  logout: { isRevocation: false },
  idle: { isRevocation: false },
  absolute: { isRevocation: false },
  admin: { isRevocation: true },
  user: { isRevocation: true },
  idp_logout: { isRevocation: false },
  risk: { isRevocation: true },
  policy: { isRevocation: true },
};

const isEndCause = (text: string): text is EndCause => Object.hasOwn(causes, text);

/** Reads the cause from a tombstone; one that a newer Postern wrote counts as an administrator's. */
export function endCauseOf(text: string): EndCause {
  return isEndCause(text) ? text : 'admin';
}

/** True where every process finds the end by itself. */
export function isByTime(cause: EndCause): cause is 'idle' | 'absolute' {
  return cause === 'idle' || cause === 'absolute';
}

/** True where the next sign-in must prove itself anew (security-rules.md 1). */
export function isRevocation(cause: EndCause): boolean {
  return causes[cause].isRevocation;
}

/** The last id that a session can have that began until then: ids begin with the time. */
export function lastSessionIdAt(atMs: number): string {
  return `ses_${encodeTime(Math.ceil(atMs))}${'Z'.repeat(16)}`;
}

/** When the session ends whatever happens: as promised at sign-in, or sooner where the configuration has become stricter. */
export function absoluteEndMs(session: Session, settings: SessionSettings): number {
  return Math.min(session.expiresAtMs, session.signedInAtMs + settings.expirationMs);
}

/** When the session ends unless its claims are read again before (security-rules.md 7). */
export function claimsEndMs({ person }: Session, { claimsMaxAgeMs }: SessionSettings): number {
  return person.asOfMs + (claimsMaxAgeMs?.get(person.providerId) ?? Number.POSITIVE_INFINITY);
}

/** Why the session is over by time; `undefined` while it lives. */
export function overdueCause(
  session: Session,
  lastSeenAtMs: number,
  settings: SessionSettings,
  nowMs: number,
): 'idle' | 'absolute' | undefined {
  if (nowMs >= absoluteEndMs(session, settings) || nowMs >= claimsEndMs(session, settings)) return 'absolute';
  return nowMs - lastSeenAtMs >= settings.inactivityMs ? 'idle' : undefined;
}
