import { samplePaths } from '../config/diff/effects/sample-paths.ts';
import { frontPathOf, type Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { takeTurns } from '../config/take-turns.ts';
import type { Devices } from '../devices/device.ts';
import type { People, Person } from '../people/known-person.ts';
import type { LastOpening, LastOpenings } from '../people/last-openings.ts';
import { canonicalEmailClaim } from '../policy/canonical-email.ts';
import { nameOf } from './list-access.ts';
import { findGuarded } from './lockout/find-guarded.ts';
import { keepsAuthorities, lostSignIn } from './lockout/lost-sign-in.ts';
import { type Attempt, type Means, stillOpens } from './lockout/still-opens.ts';

/** What a check before a swap says. Lines are for people; the first says it all. */
export interface LockoutVerdict {
  readonly name: 'lockout';
  readonly outcome: 'ok' | 'refused' | 'warning';
  readonly lines: readonly string[];
  /** Requests that are taken away from somebody: whoever forces it gives them up. */
  readonly lost: readonly { readonly person: Person; readonly attempts: readonly Attempt[] }[];
}

/** What the guard needs beside the two configurations. */
export interface LockoutSources {
  readonly people: Pick<People, 'pages' | 'get'>;
  readonly lastOpenings: Pick<LastOpenings, 'all'>;
  readonly devices: Pick<Devices, 'judgePosture'>;
  /** The e-mail address of the one who reloads, where it is known: guarded like the others. */
  readonly caller?: string | undefined;
  readonly now: () => number;
}

/** Somebody who was struck from the list is guarded on for as long: or two reloads would do what one may not. */
const guardedOnMs = 24 * 3_600_000;
/** Lost things that are named for each person. */
const mostNamed = 10;

/**
 * Refuses a configuration that would take from the people of `break_glass` what they can reach (security-rules.md 9). It tries the
 * requests with which they were let in last and each route's front door, under both configurations: with the device that they
 * came with as it is judged now, the proofs that they made, the places that they came from; of whom nothing is known yet,
 * these count as brought. And it asks whether they can still sign in. The addresses of both files count, and those that were on
 * the list within a day. Somebody who never signed in cannot be judged: that is a warning. The guard only refuses; it grants nothing.
 */
export async function guardLockout(
  candidate: Snapshot,
  running: Snapshot,
  sources: LockoutSources,
): Promise<LockoutVerdict> {
  const { caller, now } = sources;
  const own = caller === undefined ? undefined : (canonicalEmailClaim(caller) ?? caller);
  const listed = new Set([...running.breakGlass, ...candidate.breakGlass, ...(own === undefined ? [] : [own])]);
  const known = await sources.lastOpenings.all();
  const lately = known.filter(({ openings }) => openings.some(({ atMs }) => now() - atMs < guardedOnMs));
  const guarded = new Set([...listed, ...lately.map(({ person }) => person.email)]);
  if (guarded.size === 0) {
    const line = 'nobody is named in break_glass, so nobody is guarded';
    return { name: 'lockout', outcome: 'ok', lines: [line], lost: [] };
  }
  const unseen = new Set(guarded);
  const losses: string[] = [];
  const lost: LockoutVerdict['lost'][number][] = [];
  for await (const { person, openings } of findGuarded(guarded, known, sources.people)) {
    if (person.email !== undefined) unseen.delete(person.email);
    const of = await lossesOf(person, openings, candidate, running, sources);
    if (of.names.length > 0) losses.push(`${nameOf(person)} would lose ${shorten(of.names)}`);
    if (of.attempts.length > 0) lost.push({ person, attempts: of.attempts });
  }
  const strangers = [...unseen].map((email) => `${email} has never signed in, so what they keep cannot be told`);
  if (losses.length > 0) {
    const help = 'Keep a grant for them, or force it: --allow-lockout';
    return { name: 'lockout', outcome: 'refused', lines: [...losses, ...strangers, help], lost };
  }
  const lines = [...keptLine(guarded.size - unseen.size), ...strangers];
  return { name: 'lockout', outcome: strangers.length > 0 ? 'warning' : 'ok', lines, lost };
}

function keptLine(count: number): readonly string[] {
  if (count === 0) return [];
  return [count === 1 ? 'the one guarded person keeps access' : `all ${count} guarded people keep access`];
}

function shorten(names: readonly string[]): string {
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  return `${names.slice(0, mostNamed).join(', ')}${more}`;
}

interface Losses {
  readonly names: readonly string[];
  readonly attempts: readonly Attempt[];
}

async function lossesOf(
  person: Person,
  openings: readonly LastOpening[],
  candidate: Snapshot,
  running: Snapshot,
  { devices, now }: LockoutSources,
): Promise<Losses> {
  const nowMs = now();
  const turn = takeTurns();
  const names = new Set(lostSignIn(candidate, running, person).map((why) => `sign-in (${why})`));
  const attempts: Attempt[] = [];
  const means = meansOf(person, openings);
  const after = keepsAuthorities(candidate, running) ? means : { ...means, deviceId: undefined };
  const opens = (of: Snapshot, attempt: Attempt, by: Means) => stillOpens(of, attempt, by, devices, nowMs);
  const open = async (attempt: Attempt, name: string, own: Means, ownAfter: Means): Promise<void> => {
    if (await opens(candidate, attempt, ownAfter)) return;
    if (!(await opens(running, attempt, own))) return;
    names.add(name);
    attempts.push(attempt);
  };
  for (const opening of openings) {
    const own = { ...means, deviceId: opening.deviceId };
    const ownAfter = after.deviceId === means.deviceId ? own : { ...own, deviceId: undefined };
    const name = `${opening.route} (${opening.method} ${opening.path})`;
    await open(opening, name, own, ownAfter);
    if (names.has(name) || !isOfSameClaims(person, opening)) continue;
    // They were let in once and are not now, neither before nor after: a configuration in between took it away.
    const atBest: Means = { person, methods: 'anything', deviceId: 'anything', addresses: [] };
    if ((await opens(running, opening, atBest)) || (await opens(candidate, opening, atBest))) continue;
    names.add(`${name}, which they could open ${new Date(opening.atMs).toISOString()}`);
    attempts.push(opening);
  }
  for (const route of running.routes) {
    const wait = turn();
    if (wait !== undefined) await wait;
    const path = doorOf(route, running);
    if (path === undefined || [...names].some((name) => name.startsWith(`${route.name} (`))) continue;
    await open({ host: route.host, method: 'GET', path }, route.name, means, after);
  }
  return { names: [...names], attempts };
}

/** Where people come in; of an expression, a path that is the route's. */
function doorOf(route: Route, { routeTable }: Snapshot): string | undefined {
  return frontPathOf(route) ?? samplePaths([route]).find((path) => routeTable.find(route.host, path) === route);
}

/** What they were seen to bring; of whom nothing was seen, everything counts as brought. */
function meansOf(person: Person, openings: readonly LastOpening[]): Means {
  const [newest] = openings;
  if (newest === undefined) return { person, methods: 'anything', deviceId: 'anything', addresses: [] };
  const withDevice = openings.find(({ deviceId }) => deviceId !== undefined);
  return {
    person,
    methods: [...new Set(openings.flatMap(({ methods }) => methods))],
    deviceId: withDevice?.deviceId,
    addresses: [...new Set(openings.flatMap(({ address }) => address ?? []))],
  };
}

/** Nothing new was heard of who they are since: what they lose, they do not lose by their own groups. */
function isOfSameClaims(person: Person, opening: LastOpening): boolean {
  return person.asOfMs <= opening.atMs;
}
