import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readEvents } from '../audit/read-decisions.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { readFailure } from '../config/source/read-bounded-file.ts';
import { createLocks } from '../locks/create-locks.ts';
import { keyOfLock, type Lock } from '../locks/lock.ts';
import { createPeople } from '../people/create-people.ts';
import { createRevocations } from '../sessions/revocations.ts';
import { type PersonId, personText } from '../state/person-key.ts';
import { createSqliteStore } from '../state/sqlite-store.ts';

/** What was done again on a copy, and what nobody but a person can do again. */
export interface Repeated {
  /** People whose next sign-in must be younger than now. */
  readonly people: number;
  readonly locks: number;
  /** In words, one for each. */
  readonly leftToDo: readonly string[];
}

const event = z.looseObject({
  type: z.enum(['session_ended', 'session_disowned', 'lock_set', 'lock_lifted', 'browser_removed']),
  subject: z.looseObject({ issuer: z.string(), subject: z.string(), email: z.string().optional() }).optional(),
  detail: z.looseObject({
    kind: z.string().optional(),
    target: z.string().optional(),
    stated_reason: z.string().optional(),
    until: z.string().optional(),
    browser: z.string().optional(),
  }),
});
type Taken = z.infer<typeof event>;

/**
 * Does again on a copy of the state what was taken away since it was made, as the audit trail tells it: people whose
 * sessions were ended sign in anew at their provider, and locks on people and routes hold. Where the trail cannot be
 * read, everybody signs in anew.
 */
export async function repeatRevocations(
  path: string,
  { state, audit }: Snapshot,
  sinceMs: number,
  now: () => number,
): Promise<Repeated> {
  const store = await createSqliteStore({ path, key: state.key, now, randomBytes });
  const revocations = createRevocations(store, now);
  const locks = createLocks({ store, now });
  try {
    const taken = await readTaken(audit.path, sinceMs);
    if (typeof taken === 'string') {
      const people = await markEverybody();
      return {
        people,
        locks: 0,
        leftToDo: [`the audit trail cannot be read (${taken}): locks set since are not known`],
      };
    }
    const subjects = new Map(
      taken.flatMap(({ type, subject }) => {
        const isRevocation = subject !== undefined && type !== 'lock_lifted' && type !== 'browser_removed';
        return isRevocation ? [[personText(subject), subject] as const] : [];
      }),
    );
    for (const subject of subjects.values()) await revocations.mark(subject);
    const inForce = locksInForce(taken, now());
    for (const lock of inForce.values()) await locks.set(lock);
    return { people: subjects.size, locks: inForce.size, leftToDo: taken.flatMap(leftToDo) };
  } finally {
    locks.close();
    await store.close();
  }

  async function markEverybody(): Promise<number> {
    const people = createPeople({ store, now, onBackgroundFault: () => undefined });
    let marked = 0;
    for await (const page of people.pages()) {
      for (const { person } of page) await revocations.mark(person);
      marked += page.length;
    }
    await people.close();
    return marked;
  }
}

/** A sentence's end says why the trail cannot be read. */
async function readTaken(folder: string, sinceMs: number): Promise<readonly Taken[] | string> {
  const taken: Taken[] = [];
  try {
    for await (const { events } of readEvents(folder, sinceMs, event.shape.type.options)) {
      for (const one of events) {
        const parsed = event.safeParse(one);
        if (parsed.success) taken.push(parsed.data);
      }
    }
    return taken;
  } catch (thrown) {
    return readFailure(thrown);
  }
}

/** By target; what was lifted later is not among them. */
function locksInForce(taken: readonly Taken[], nowMs: number): ReadonlyMap<string, Lock> {
  const locks = new Map<string, Lock>();
  for (const { type, subject, detail } of taken) {
    const target = targetOf(detail.kind, detail.target, subject);
    if (target === undefined) continue;
    const expiresAtMs = detail.until === undefined ? undefined : Date.parse(detail.until);
    if (type === 'lock_lifted') locks.delete(keyOfLock(target));
    if (type !== 'lock_set' || (expiresAtMs !== undefined && expiresAtMs <= nowMs)) continue;
    const reason = `${detail.stated_reason ?? 'The risk was too high.'} (set again from the audit trail)`;
    locks.set(keyOfLock(target), { target, reason, setBy: 'admin', setAtMs: nowMs, expiresAtMs });
  }
  return locks;
}

function targetOf(kind: string | undefined, target: string | undefined, subject: PersonId | undefined) {
  if (kind === 'person' && subject !== undefined)
    return { kind, issuer: subject.issuer, subject: subject.subject } as const;
  if (kind === 'route' && target !== undefined) return { kind, route: target } as const;
  return undefined;
}

function leftToDo({ type, subject, detail }: Taken): readonly string[] {
  if (type === 'lock_set' && detail.kind === 'device') return [`the lock of the device ${detail.target}`];
  if (type !== 'browser_removed') return [];
  return [`the removal of the browser ${detail.browser ?? ''} of ${subject?.email ?? subject?.subject ?? 'somebody'}`];
}
