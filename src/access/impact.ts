import { documentOf } from '../config/configuration-document.ts';
import { diffSnapshots } from '../config/diff/diff-snapshots.ts';
import type { Route, Snapshot } from '../config/snapshot.ts';
import { takeTurns } from '../config/take-turns.ts';
import type { KnownPerson } from '../people/known-person.ts';
import type { Grant, SegmentRequirement } from '../policy/rule.ts';
import { nameOf, prospectAt } from './list-access.ts';

/** What a change of the configuration does to the people of one route. */
export interface RouteImpact {
  readonly route: string;
  /** Who could not open it, whatever they did, and now can. */
  readonly gained: readonly string[];
  /** Who could, and now cannot, whatever they do. */
  readonly lost: readonly string[];
  /** Who still can, and has to bring more for it. */
  readonly stricter: readonly { readonly person: string; readonly needs: readonly string[] }[];
}

/** A page of people, however it is come by. */
export type PeoplePages = AsyncIterable<readonly Pick<KnownPerson, 'person'>[]>;

interface Gathering {
  readonly gained: string[];
  readonly lost: string[];
  readonly stricter: { readonly person: string; readonly needs: readonly string[] }[];
}

/**
 * Who gains and who loses when one configuration replaces another: each known person, at each route of either, judged
 * by who they are. What a device, a place or a proof must still bring counts as brought. Only routes with a difference.
 */
export async function impactOf(
  old: Snapshot,
  next: Snapshot,
  people: PeoplePages,
  nowMs: number,
): Promise<readonly RouteImpact[]> {
  const pairs = await changedRoutes(old, next);
  const found = new Map<string, Gathering>();
  const turn = takeTurns();
  for await (const page of people) {
    for (const { person } of page) {
      for (const { name, before, after } of pairs) {
        const wait = turn();
        if (wait !== undefined) await wait;
        const was = before === undefined ? undefined : prospectAt(old, before, person, nowMs);
        const is = after === undefined ? undefined : prospectAt(next, after, person, nowMs);
        const could = was !== undefined && was.access !== 'no';
        const can = is !== undefined && is.access !== 'no';
        if (!could && !can) continue;
        const more = could && can ? newDemands(grantOf(before, was.via?.rule), grantOf(after, is.via?.rule)) : [];
        if (could === can && more.length === 0) continue;
        const one = found.get(name) ?? { gained: [], lost: [], stricter: [] };
        found.set(name, one);
        if (!could) one.gained.push(nameOf(person));
        else if (!can) one.lost.push(nameOf(person));
        else one.stricter.push({ person: nameOf(person), needs: more });
      }
    }
  }
  return pairs.flatMap(({ name }) => {
    const one = found.get(name);
    return one === undefined ? [] : [{ route: name, ...one }];
  });
}

interface RoutePair {
  readonly name: string;
  readonly before: Route | undefined;
  readonly after: Route | undefined;
}

/** The routes of either configuration, by name, that may mean another thing to somebody. */
async function changedRoutes(old: Snapshot, next: Snapshot): Promise<readonly RoutePair[]> {
  const before = new Map(old.routes.map((route) => [route.name, route]));
  const after = new Map(next.routes.map((route) => [route.name, route]));
  const names = new Set([...after.keys(), ...before.keys()]);
  const touched = await touchedRoutes(old, next);
  return [...names]
    .filter((name) => touched === undefined || touched.has(name))
    .map((name) => ({ name, before: before.get(name), after: after.get(name) }));
}

/** What routes share: with one of these, any of them may be another. */
const sharedTypes = new Set(['provider', 'segment', 'network', 'posture', 'service', 'services', 'risk']);

/** `undefined`: all of them. Most edits touch a route or two, and there may be thousands, and a hundred thousand people. */
async function touchedRoutes(old: Snapshot, next: Snapshot): Promise<ReadonlySet<string> | undefined> {
  if (documentOf(old) === undefined || documentOf(next) === undefined) return undefined;
  const changes = await diffSnapshots(old, next);
  if (changes.some(({ type }) => sharedTypes.has(type))) return undefined;
  return new Set(changes.map(({ route }) => route).filter((route) => route !== undefined));
}

function grantOf(route: Route | undefined, id: string | undefined): Grant | undefined {
  return route?.policy.grants.find((grant) => grant.id === id);
}

type Keys = SegmentRequirement['keys'];

/** What the new grant, or its segment, asks for and the old one did not, in words. */
function newDemands(before: Grant | undefined, after: Grant | undefined): readonly string[] {
  if (after === undefined) return [];
  const old = keysOf(before);
  return [...new Set(keysOf(after).flatMap((keys) => demandsOf(keys, old)))];
}

/** The grant's own keys and those of its segment: each holds on its own. */
function keysOf(grant: Grant | undefined): readonly Keys[] {
  if (grant === undefined) return [];
  return grant.segment === undefined ? [grant] : [grant, grant.segment.keys];
}

function demandsOf({ device, auth, risk, networks }: Keys, old: readonly Keys[]): readonly string[] {
  const demands: string[] = [];
  if (device !== undefined && !old.some((one) => one.device === device)) demands.push(`device ${device}`);
  if (auth !== undefined && !old.some((one) => isAsStrict(one.auth, auth))) {
    const isYounger = old.some((one) => isAsStrict(one.auth, { ...auth, maxAgeMs: undefined }));
    demands.push(isYounger ? 'a younger proof' : `proof by ${auth.methods.join(' or ')}`);
  }
  if (risk !== undefined && !old.some((one) => one.risk !== undefined && one.risk.below <= risk.below))
    demands.push(`risk below ${risk.below}`);
  const names = networks?.names ?? [];
  if (networks !== undefined && !old.some((one) => one.networks?.names.every((name) => names.includes(name)) === true))
    demands.push(`network ${names.join(' or ')}`);
  return demands;
}

/** Whoever meets the one meets the other. */
function isAsStrict(one: Keys['auth'], other: NonNullable<Keys['auth']>): boolean {
  if (one === undefined || one.methods.some((method) => !other.methods.includes(method))) return false;
  return (one.maxAgeMs ?? Number.POSITIVE_INFINITY) <= (other.maxAgeMs ?? Number.POSITIVE_INFINITY);
}

const mostNames = 20;
/** Addresses are the provider's words: none may begin a line. */
const controls = /[\p{Cc}\u2028\u2029]/gu;

/** `payroll  loses access: noor@vendor.example`: who gains and loses at one route, in lines. */
export function renderImpact({ route, gained, lost, stricter }: RouteImpact): readonly string[] {
  const lines: string[] = [];
  if (lost.length > 0) lines.push(`${route}  ${lost.length === 1 ? 'loses' : 'lose'} access: ${names(lost)}`);
  if (gained.length > 0) lines.push(`${route}  ${gained.length === 1 ? 'gains' : 'gain'} access: ${names(gained)}`);
  const demands = Map.groupBy(stricter, ({ needs }) => needs.join(', '));
  for (const [needs, people] of demands)
    lines.push(`${route}  must bring ${needs}: ${names(people.map(({ person }) => person))}`);
  return lines;
}

function names(people: readonly string[]): string {
  const shown = people
    .slice(0, mostNames)
    .map((name) => name.replace(controls, '\ufffd'))
    .join(', ');
  return people.length > mostNames ? `${shown} and ${people.length - mostNames} more` : shown;
}
