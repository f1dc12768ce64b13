import { setImmediate as breathe } from 'node:timers/promises';
import type { Route, Snapshot } from '../config/snapshot.ts';
import type { KnownPerson } from '../people/known-person.ts';
import type { Grant } from '../policy/rule.ts';
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

/** Judgements before other work gets its turn: some milliseconds. */
const sliceSize = 2_000;

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
  const pairs = changedRoutes(old, next);
  const found = new Map<string, Gathering>();
  let judged = 0;
  for await (const page of people) {
    for (const { person } of page) {
      for (const { name, before, after } of pairs) {
        judged += 1;
        if (judged % sliceSize === 0) await breathe();
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

/** Every route of either configuration, by name. */
function changedRoutes(old: Snapshot, next: Snapshot): readonly RoutePair[] {
  const before = new Map(old.routes.map((route) => [route.name, route]));
  const after = new Map(next.routes.map((route) => [route.name, route]));
  const names = new Set([...after.keys(), ...before.keys()]);
  return [...names].map((name) => ({ name, before: before.get(name), after: after.get(name) }));
}

function grantOf(route: Route | undefined, id: string | undefined): Grant | undefined {
  return route?.policy.grants.find((grant) => grant.id === id);
}

/** What the new grant asks for and the old one did not, in words. */
function newDemands(before: Grant | undefined, after: Grant | undefined): readonly string[] {
  if (after === undefined) return [];
  const demands: string[] = [];
  if (after.device !== undefined && after.device !== before?.device) demands.push(`device ${after.device}`);
  const { auth } = after;
  if (auth !== undefined) {
    const known = before?.auth;
    const isNew = known === undefined || known.methods.some((method) => !auth.methods.includes(method));
    const isShorter = (auth.maxAgeMs ?? Number.POSITIVE_INFINITY) < (known?.maxAgeMs ?? Number.POSITIVE_INFINITY);
    if (isNew) demands.push(`proof by ${auth.methods.join(' or ')}`);
    else if (isShorter) demands.push('a younger proof');
  }
  if (after.risk !== undefined && after.risk.below < (before?.risk?.below ?? Number.POSITIVE_INFINITY))
    demands.push(`risk below ${after.risk.below}`);
  const networks = after.networks?.names ?? [];
  const known = before?.networks?.names;
  if (networks.length > 0 && (known === undefined || known.some((name) => !networks.includes(name))))
    demands.push(`network ${networks.join(' or ')}`);
  return demands;
}

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

const mostNames = 20;

function names(people: readonly string[]): string {
  const shown = people.slice(0, mostNames).join(', ');
  return people.length > mostNames ? `${shown} and ${people.length - mostNames} others` : shown;
}
