import type { Decision } from '../../../decision/decision.ts';
import { evaluate } from '../../../policy/evaluate.ts';
import { isSameMeaning } from '../../openings/same-meaning.ts';
import { routeKey } from '../../openings/taken-paths.ts';
import type { Route } from '../../route.ts';
import type { Snapshot } from '../../snapshot.ts';
import { takeTurns } from '../../take-turns.ts';
import { diffOrder } from '../diff-order.ts';
import { samplePaths } from './sample-paths.ts';
import { samplePeople } from './sample-people.ts';

/** What somebody is answered: the outcome, or that there is no route. */
export type Answer = Decision['outcome'] | 'no_route';

/** A request that two configurations answer differently. */
export interface Effect {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  /** Other sampled paths at which the same happens to the same people. */
  readonly morePaths: number;
  readonly who: string;
  readonly before: { readonly route: string | undefined; readonly answer: Answer };
  readonly after: { readonly route: string | undefined; readonly answer: Answer };
}

export interface EffectDiff {
  readonly effects: readonly Effect[];
  /** True when there were more samples than are tried. */
  readonly isCut: boolean;
}

/** Judgements: a second or two in all, in slices. */
const defaultMost = 400_000;
const mostMethods = 4;
/** Of one host: whose rules people are made of. */
const mostRoutes = 20;

/**
 * What differs in answers: people × routes × paths that the rules of both configurations speak of, asked of both. It finds what
 * no comparison of keys shows, such as an order that decides. Samples: what it does not show may differ all the same.
 * @param most judgements before it stops
 */
export async function diffEffects(
  before: Snapshot,
  after: Snapshot,
  nowMs: number,
  most = defaultMost,
): Promise<EffectDiff> {
  const turn = takeTurns();
  const found = new Map<string, Effect>();
  let left = most;
  for await (const { host, routes } of touchedHosts(before, after)) {
    const paths = samplePaths(routes);
    const takers = paths.flatMap((path) =>
      [before, after].flatMap(({ routeTable }) => routeTable.find(host, path) ?? []),
    );
    const people = samplePeople([...new Set([...routes, ...takers])].slice(0, mostRoutes), after, nowMs);
    const methods = sampleMethods(routes);
    for (const path of paths) {
      const [was, is] = [before.routeTable.find(host, path), after.routeTable.find(host, path)];
      // An answer that no touched route gives is the same as it was.
      if (was === undefined && is === undefined) continue;
      for (const method of methods) {
        for (const { who, facts } of people) {
          if (left <= 0) return { effects: [...found.values()], isCut: true };
          left -= 1;
          const wait = turn();
          if (wait !== undefined) await wait;
          const request = { ...facts.request, method, path };
          const [old, now] = [answerOf(was, { ...facts, request }), answerOf(is, { ...facts, request })];
          if (old === now && was?.name === is?.name) continue;
          note(found, {
            host,
            method,
            path,
            morePaths: 0,
            who,
            before: { route: was?.name, answer: old },
            after: { route: is?.name, answer: now },
          });
        }
      }
    }
  }
  return { effects: [...found.values()], isCut: false };
}

function answerOf(route: Route | undefined, facts: Parameters<typeof evaluate>[1]): Answer {
  return route === undefined ? 'no_route' : evaluate(route.policy, facts).outcome;
}

function note(found: Map<string, Effect>, effect: Effect): void {
  const { who, before, after, host } = effect;
  const key = [host, who, before.route, before.answer, after.route, after.answer].join('\0');
  const known = found.get(key);
  if (known === undefined) found.set(key, effect);
  else if (known.path !== effect.path) found.set(key, { ...known, morePaths: known.morePaths + 1 });
}

/** Methods that rules name, and GET. */
export function sampleMethods(routes: readonly Route[]): readonly string[] {
  const rules = routes.flatMap(({ policy }) => [
    ...policy.grants,
    ...policy.grants.flatMap(({ segment }) => segment?.keys ?? []),
    ...policy.denials,
  ]);
  return [...new Set(['GET', ...rules.flatMap(({ methods }) => [...(methods ?? [])])])].slice(0, mostMethods);
}

interface TouchedHost {
  readonly host: string;
  /** Those that differ, of both configurations, and the others that could take their requests. */
  readonly routes: readonly Route[];
}

/** Hosts with a route that is new, gone, or does not mean the same. */
async function* touchedHosts(before: Snapshot, after: Snapshot): AsyncGenerator<TouchedHost> {
  const turn = takeTurns();
  const old = new Map(before.routes.map((route) => [routeKey(route), route]));
  const touched = new Map<string, Set<Route>>();
  const touch = (route: Route) => {
    touched.set(route.host, (touched.get(route.host) ?? new Set()).add(route));
  };
  for (const route of after.routes) {
    const wait = turn();
    if (wait !== undefined) await wait;
    const was = old.get(routeKey(route));
    old.delete(routeKey(route));
    if (was !== undefined && isSameMeaning(route.policy, was.policy)) continue;
    touch(route);
    if (was !== undefined) touch(was);
  }
  for (const route of old.values()) touch(route);
  for (const { route } of diffOrder(before, after)) touch(route);
  for (const [host, routes] of touched) yield { host, routes: [...routes] };
}
