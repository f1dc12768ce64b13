import { documentOf } from '../config/configuration-document.ts';
import { diffSnapshots } from '../config/diff/diff-snapshots.ts';
import { sampleMethods } from '../config/diff/effects/diff-effects.ts';
import { examplesOfEntry, samplePaths } from '../config/diff/effects/sample-paths.ts';
import { isSameMeaning } from '../config/openings/same-meaning.ts';
import type { Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { takeTurns } from '../config/take-turns.ts';
import type { KnownPerson } from '../people/known-person.ts';
import { conditionsOf } from '../policy/conditions/conditions-of-rule.ts';
import type { Denial, Grant, SegmentRequirement } from '../policy/rule.ts';
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
  /** Who still can, and gains or loses a part of it: requests that stand for what the rules say of methods and paths. */
  readonly requests: readonly RequestImpact[];
}

export interface RequestImpact {
  /** `DELETE /reports/x` */
  readonly request: string;
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}

/** A page of people, however it is come by. */
export type PeoplePages = AsyncIterable<readonly Pick<KnownPerson, 'person'>[]>;

interface Gathering {
  readonly gained: string[];
  readonly lost: string[];
  readonly stricter: { readonly person: string; readonly needs: readonly string[] }[];
  readonly requests: Map<string, { readonly gained: string[]; readonly lost: string[] }>;
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
      for (const { name, before, after, requests } of pairs) {
        const wait = turn();
        if (wait !== undefined) await wait;
        const was = before === undefined ? undefined : prospectAt(old, before, person, nowMs);
        const is = after === undefined ? undefined : prospectAt(next, after, person, nowMs);
        const could = was !== undefined && was.access !== 'no';
        const can = is !== undefined && is.access !== 'no';
        if (!could && !can) continue;
        const more = could && can ? newDemands(grantOf(before, was.via?.rule), grantOf(after, is.via?.rule)) : [];
        const parts = could && can ? changedRequests(requests, { old, before, next, after }, person, nowMs) : [];
        if (could === can && more.length === 0 && parts.length === 0) continue;
        const one: Gathering = found.get(name) ?? { gained: [], lost: [], stricter: [], requests: new Map() };
        found.set(name, one);
        for (const { request, isGained } of parts) {
          const part = one.requests.get(request) ?? { gained: [], lost: [] };
          one.requests.set(request, part);
          (isGained ? part.gained : part.lost).push(nameOf(person));
        }
        if (could === can && more.length === 0) continue;
        if (!could) one.gained.push(nameOf(person));
        else if (!can) one.lost.push(nameOf(person));
        else one.stricter.push({ person: nameOf(person), needs: more });
      }
    }
  }
  return pairs.flatMap(({ name }) => {
    const one = found.get(name);
    if (one === undefined) return [];
    return [{ ...one, route: name, requests: [...one.requests].map(([request, part]) => ({ request, ...part })) }];
  });
}

interface RoutePair {
  readonly name: string;
  readonly before: Route | undefined;
  readonly after: Route | undefined;
  /** What stands for the methods and paths that its rules tell apart; empty where they tell none. */
  readonly requests: readonly AskedFor[];
}

interface AskedFor {
  readonly method: string;
  readonly path: string;
}

/** Each is a judgement for each person. */
const mostRequests = 32;

/**
 * Requests that stand for what the rules of a route say of methods and paths: first those that only one of its two sides
 * names, or names in another rule; then those of rules that changed; then examples of all.
 */
function requestsAt(before: Route | undefined, after: Route | undefined): readonly AskedFor[] {
  const routes = [before, after].filter((route) => route !== undefined);
  const isByRequest = routes.flatMap(rulesOf).some(speaksOfRequests);
  // Of expressions, another route may take what was this one's.
  if (!isByRequest && !routes.some(({ match }) => match.kind === 'regex')) return [];
  const [were, are] = [namedBy(before), namedBy(after)];
  const named = new Map([...were, ...are]);
  const changed = [...named].filter(([name]) => !isSameMeaning(were.get(name)?.rule, are.get(name)?.rule));
  const isOfOne = ([name]: (typeof changed)[number]) => were.has(name) !== are.has(name);
  const methods = sampleMethods(routes);
  const asked = [
    ...[...changed.filter(isOfOne), ...changed].map(([, one]) => one.asked),
    ...samplePaths(routes).flatMap((path) => methods.map((method) => ({ method, path }))),
  ];
  const found = new Map(asked.map((one) => [`${one.method} ${one.path}`, one]));
  return [...found.values()].slice(0, mostRequests);
}

function rulesOf({ policy }: Route): readonly (Keys | Denial)[] {
  return [...policy.grants, ...policy.grants.flatMap(({ segment }) => segment?.keys ?? []), ...policy.denials];
}

function speaksOfRequests(rule: Keys | Denial): boolean {
  return conditionsOf(rule).some(({ condition }) => condition.speaksOf === 'request');
}

/** One request for each method and path that a rule names, by the rule and these. */
function namedBy(
  route: Route | undefined,
): ReadonlyMap<string, { readonly rule: Keys | Denial; readonly asked: AskedFor }> {
  if (route === undefined) return new Map();
  const [anyPath = '/'] = samplePaths([route]);
  return new Map(
    rulesOf(route)
      .filter(speaksOfRequests)
      .flatMap((rule) => {
        const { effect, id, methods = ['GET'], paths } = rule;
        const examples = paths?.flatMap(({ source }) => examplesOfEntry(source)[0] ?? []) ?? [anyPath];
        const all = [...methods].flatMap((method) => examples.map((path) => ({ method, path })));
        return all.map((asked) => [`${effect} ${id} ${asked.method} ${asked.path}`, { rule, asked }] as const);
      }),
  );
}

interface Pair {
  readonly old: Snapshot;
  readonly before: Route | undefined;
  readonly next: Snapshot;
  readonly after: Route | undefined;
}

/** Requests that somebody gains or loses at a route which they can open before and after. */
function changedRequests(requests: readonly AskedFor[], pair: Pair, person: KnownPerson['person'], nowMs: number) {
  const { old, before, next, after } = pair;
  if (before === undefined || after === undefined) return [];
  return requests.flatMap((asked) => {
    const [was, is] = [canAsk(old, before, person, nowMs, asked), canAsk(next, after, person, nowMs, asked)];
    return was === is ? [] : [{ request: `${asked.method} ${asked.path}`, isGained: is }];
  });
}

/** The path is the route's, and its rules let the person ask for it with whatever they bring. */
function canAsk(of: Snapshot, route: Route, person: KnownPerson['person'], nowMs: number, asked: AskedFor): boolean {
  if (of.routeTable.find(route.host, asked.path)?.name !== route.name) return false;
  return prospectAt(of, route, person, nowMs, asked).access !== 'no';
}

/** The routes of either configuration, by name, that may mean another thing to somebody. */
async function changedRoutes(old: Snapshot, next: Snapshot): Promise<readonly RoutePair[]> {
  const before = new Map(old.routes.map((route) => [route.name, route]));
  const after = new Map(next.routes.map((route) => [route.name, route]));
  const names = new Set([...after.keys(), ...before.keys()]);
  const touched = await touchedRoutes(old, next);
  return [...names]
    .filter((name) => touched === undefined || touched.has(name))
    .map((name) => {
      const pair = { name, before: before.get(name), after: after.get(name) };
      return { ...pair, requests: requestsAt(pair.before, pair.after) };
    });
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

function demandsOf(rule: Keys, old: readonly Keys[]): readonly string[] {
  return conditionsOf(rule).flatMap(({ property, condition, value }) => {
    const before = old.map((keys): unknown => Reflect.get(keys, property)).filter((one) => one !== undefined);
    return condition.demands?.(value, before) ?? [];
  });
}

const mostNames = 20;
/** Addresses are the provider's words: none may begin a line. */
const controls = /[\p{Cc}\u2028\u2029]/gu;

/** `payroll  loses access: noor@vendor.example`: who gains and loses at one route, in lines. */
export function renderImpact({ route, gained, lost, stricter, requests }: RouteImpact): readonly string[] {
  const lines: string[] = [];
  if (lost.length > 0) lines.push(`${route}  ${lost.length === 1 ? 'loses' : 'lose'} access: ${names(lost)}`);
  if (gained.length > 0) lines.push(`${route}  ${gained.length === 1 ? 'gains' : 'gain'} access: ${names(gained)}`);
  const demands = Map.groupBy(stricter, ({ needs }) => needs.join(', '));
  for (const [needs, people] of demands)
    lines.push(`${route}  must bring ${needs}: ${names(people.map(({ person }) => person))}`);
  for (const { request, gained: more, lost: fewer } of requests) {
    if (fewer.length > 0) lines.push(`${route}  ${fewer.length === 1 ? 'loses' : 'lose'} ${request}: ${names(fewer)}`);
    if (more.length > 0) lines.push(`${route}  ${more.length === 1 ? 'gains' : 'gain'} ${request}: ${names(more)}`);
  }
  return lines;
}

function names(people: readonly string[]): string {
  const shown = people
    .slice(0, mostNames)
    .toSorted()
    .map((name) => name.replace(controls, '\ufffd'))
    .join(', ');
  return people.length > mostNames ? `${shown} and ${people.length - mostNames} more` : shown;
}
