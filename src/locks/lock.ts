import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Deny, LockNotice } from '../decision/decision.ts';
import { Fault } from '../decision/fault.ts';

/** What is locked. A person is `iss` + `sub` (security-rules.md 6); a route is its name in the configuration. */
export type LockTarget =
  | { readonly kind: 'person'; readonly issuer: string; readonly subject: string }
  | { readonly kind: 'session'; readonly sessionId: string }
  | { readonly kind: 'device'; readonly deviceId: string }
  | { readonly kind: 'route'; readonly route: string };

/** Access that is paused until somebody lifts it or its time is over. It beats every rule (security-rules.md 9). */
export interface Lock {
  readonly target: LockTarget;
  /** Why, for administrators and the audit trail; never shown to the person. */
  readonly reason: string;
  /** What the person reads; absent: only that it is paused. */
  readonly message?: string | undefined;
  readonly setBy: 'admin' | 'risk';
  readonly setAtMs: number;
  /** Absent: until it is lifted. */
  readonly expiresAtMs?: number | undefined;
}

/** Longest texts of a lock, in characters. */
export const lockTextLimits = { reason: 500, message: 500 } as const;

const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('person'), issuer: z.string(), subject: z.string() }),
  z.strictObject({ kind: z.literal('session'), sessionId: z.string() }),
  z.strictObject({ kind: z.literal('device'), deviceId: z.string() }),
  z.strictObject({ kind: z.literal('route'), route: z.string() }),
]);
const stored = z.strictObject({
  target,
  reason: z.string(),
  message: z.string().optional(),
  setBy: z.enum(['admin', 'risk']),
  setAtMs: z.number(),
  expiresAtMs: z.number().optional(),
});

/** The key of its record: one lock for each target. */
export function keyOfLock(of: LockTarget): string {
  return `${of.kind}:${createHash('sha256')
    .update(JSON.stringify(namesOf(of)))
    .digest('base64url')}`;
}

/** The words that a target is told by, beside its kind. */
export function namesOf(of: LockTarget): readonly string[] {
  switch (of.kind) {
    case 'person':
      return [of.issuer, of.subject];
    case 'session':
      return [of.sessionId];
    case 'device':
      return [of.deviceId];
    case 'route':
      return [of.route];
    default:
      return of satisfies never;
  }
}

/** Writes a lock for the store. */
export function formatLock(lock: Lock): string {
  return JSON.stringify(lock);
}

/** Reads a lock from the store. A broken one is a fault, never no lock. */
export function parseLock(json: string): Lock {
  try {
    return stored.parse(JSON.parse(json));
  } catch (cause) {
    throw new Fault('state_corrupt', 'A lock could not be read from the store. Set it again, or lift it.', { cause });
  }
}

/** Whether it holds at this time. */
export function isInForce({ expiresAtMs }: Lock, nowMs: number): boolean {
  return expiresAtMs === undefined || nowMs < expiresAtMs;
}

/** What a person may know of it. */
export function noticeOf({ target, message, expiresAtMs }: Lock): LockNotice {
  return { on: target.kind, untilMs: expiresAtMs, message };
}

/** The no of a lock. No rule is asked: a lock beats all of them, grants and `break_glass` too (security-rules.md 9). */
export function denyByLock(lock: Lock): Deny {
  return { outcome: 'deny', reason: 'account_locked', lock: noticeOf(lock), trace: [] };
}
