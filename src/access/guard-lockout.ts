import type { Snapshot } from '../config/snapshot.ts';
import { takeTurns } from '../config/take-turns.ts';
import { canonicalEmailClaim } from '../config/values/host-name.ts';
import type { KnownPerson, People } from '../people/known-person.ts';
import { nameOf, prospectAt } from './list-access.ts';

/** What a check before a swap says. Lines are for people; the first says it all. */
export interface LockoutVerdict {
  readonly name: 'lockout';
  readonly outcome: 'ok' | 'refused' | 'warning';
  readonly lines: readonly string[];
}

/** What the guard needs beside the two configurations. */
export interface LockoutSources {
  readonly people: Pick<People, 'pages'>;
  /** The e-mail address of the one who reloads, where it is known: guarded like the others. */
  readonly caller?: string | undefined;
  readonly now: () => number;
}

/**
 * Refuses a configuration that would take from the people of `break_glass` what they can reach now (SECURITY.md 9). The
 * addresses of both files count, so that nobody is locked out by being struck from the list in the same breath. What a
 * device, a proof, a place or the time must bring counts as brought. Somebody who never signed in cannot be judged: that
 * is a warning. The guard only refuses; it grants nothing.
 */
export async function guardLockout(
  candidate: Snapshot,
  running: Snapshot,
  { people, caller, now }: LockoutSources,
): Promise<LockoutVerdict> {
  const own = caller === undefined ? undefined : (canonicalEmailClaim(caller) ?? caller);
  const guarded = new Set([...running.breakGlass, ...candidate.breakGlass, ...(own === undefined ? [] : [own])]);
  if (guarded.size === 0) {
    const line = 'nobody is named in break_glass, so nobody is guarded';
    return { name: 'lockout', outcome: 'ok', lines: [line] };
  }
  const unseen = new Set(guarded);
  const losses: string[] = [];
  for await (const page of people.pages()) {
    for (const known of page) {
      const { email } = known.person;
      if (email === undefined || !guarded.has(email)) continue;
      unseen.delete(email);
      const lost = await lostRoutes(known, candidate, running, now());
      if (lost.length > 0) losses.push(`${nameOf(known.person)} would lose ${lost.join(', ')}`);
    }
  }
  const strangers = [...unseen].map((email) => `${email} has never signed in, so what they keep cannot be told`);
  if (losses.length > 0) {
    const help = 'Keep a grant for them, or force it: --allow-lockout';
    return { name: 'lockout', outcome: 'refused', lines: [...losses, ...strangers, help] };
  }
  const kept = guarded.size - unseen.size;
  if (strangers.length > 0) return { name: 'lockout', outcome: 'warning', lines: [...keptLine(kept), ...strangers] };
  return { name: 'lockout', outcome: 'ok', lines: keptLine(kept) };
}

function keptLine(count: number): readonly string[] {
  if (count === 0) return [];
  return [count === 1 ? 'the one guarded person keeps access' : `all ${count} guarded people keep access`];
}

async function lostRoutes(
  { person }: KnownPerson,
  candidate: Snapshot,
  running: Snapshot,
  nowMs: number,
): Promise<readonly string[]> {
  const after = new Map(candidate.routes.map((route) => [route.name, route]));
  const turn = takeTurns();
  const lost: string[] = [];
  for (const route of running.routes) {
    const wait = turn();
    if (wait !== undefined) await wait;
    if (prospectAt(running, route, person, nowMs).access === 'no') continue;
    const next = after.get(route.name);
    if (next === undefined || prospectAt(candidate, next, person, nowMs).access === 'no') lost.push(route.name);
  }
  return lost;
}
