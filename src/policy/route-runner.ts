import type { RuleResult } from '../decision/decision.ts';
import type { Facts } from '../decision/facts.ts';
import { type Acting, createActing } from './acting.ts';
import { type ClosingDenial, surerDenial } from './closing-denial.ts';
import type { Denial } from './rule.ts';
import {
  type CompiledRule,
  codeOf,
  type GrantOutcome,
  hitCode,
  isActing,
  missCode,
  type OnFailure,
  type RuleOutcome,
} from './rule-outcome.ts';

/** How the rules of a route came out. What is not asked for is not written out. */
export interface RouteOutcome {
  /** The first grant that acts and whose keys all hold. */
  readonly opening: RuleResult | undefined;
  /** The denial that closes; those that do not act close nothing. */
  readonly closing: ClosingDenial | undefined;
  /** Of every rule, in file order. */
  trace(): readonly RuleResult[];
  /** The grants that act but do not open; of use when none opens. */
  grants(): readonly GrantOutcome[];
  /** Rules that their mode keeps from acting; `undefined` where the route has no modes. */
  readonly idle: (() => readonly RuleOutcome[]) | undefined;
}

export type RouteRunner = (facts: Facts, onFailure?: OnFailure) => RouteOutcome;

/** How the conditions of a route's rules lie in one list; shared by routes whose rules have as many. */
interface Layout {
  /** Where each rule's conditions end. */
  readonly ends: readonly number[];
  readonly isGrant: readonly boolean[];
}

/** Two bits each; more would not fit a small integer, which costs nothing to keep. */
const conditionsAWord = 15;
const wordBits = 2 * conditionsAWord;
const none = -1;

/**
 * Builds what runs all rules of a route. Every condition is asked each time, so that the trace is whole. The conditions
 * stand in one list, and no rule is touched but the one that decides: with ten thousand routes, memory is what a decision
 * waits for.
 */
export function createRouteRunner(route: string, rules: readonly CompiledRule[]): RouteRunner {
  const conditions = rules.flatMap((rule) => rule.conditions);
  const { ends, isGrant } = sharedLayout(rules);
  const draws = rules.map(({ rule }) => createActing(route, rule));
  const hasModes = draws.some((draw) => draw !== undefined);
  // Requests for a route mostly come out alike, and then nothing is made anew: saved 3 µs of 45.
  let last: { readonly words: readonly number[]; readonly outcome: RouteOutcome } | undefined;

  return (facts, onFailure) => {
    const actings = hasModes ? draws.map((draw) => draw?.(facts)) : undefined;
    const words: number[] = [];
    let at = 0;
    let opening = none;
    let isClosed = false;
    for (let index = 0; index < ends.length; index += 1) {
      const end = ends[index] ?? at;
      let isWhole = true;
      let isMissed = false;
      let word = 0;
      let shift = 0;
      for (; at < end; at += 1) {
        const condition = conditions[at];
        const code =
          condition === undefined
            ? missCode
            : codeOf(condition, facts, onFailure === undefined ? undefined : rules[index]?.rule, onFailure);
        if (code !== hitCode) isWhole = false;
        if (code === missCode) isMissed = true;
        word |= code << shift;
        shift += 2;
        if (shift === wordBits) {
          words.push(word);
          word = 0;
          shift = 0;
        }
      }
      words.push(word);
      const acting = actings?.[index];
      const effect = isGrant[index] === true ? 'allow' : 'deny';
      if (acting !== undefined && !isActing(effect, acting)) continue;
      if (effect === 'deny') isClosed ||= !isMissed;
      else if (isWhole && opening === none) opening = index;
    }
    if (actings !== undefined) return describeRoute(rules, words, actings, opening, isClosed);
    if (last === undefined || !isSame(last.words, words))
      last = { words, outcome: describeRoute(rules, words, undefined, opening, isClosed) };
    return last.outcome;
  };
}

/** Of as many. */
function isSame(one: readonly number[], other: readonly number[]): boolean {
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}

const knownLayouts = new Map<string, Layout>();
const mostLayouts = 10_000;

function sharedLayout(rules: readonly CompiledRule[]): Layout {
  const name = rules.map(({ rule, conditions }) => `${rule.effect}${conditions.length}`).join(' ');
  const known = knownLayouts.get(name);
  if (known !== undefined) return known;
  let end = 0;
  const ends = rules.map(({ conditions }) => {
    end += conditions.length;
    return end;
  });
  const layout = { ends, isGrant: rules.map(({ rule }) => rule.effect === 'allow') };
  if (knownLayouts.size < mostLayouts) knownLayouts.set(name, layout);
  return layout;
}

function describeRoute(
  rules: readonly CompiledRule[],
  words: readonly number[],
  actings: readonly (Acting | undefined)[] | undefined,
  openingAt: number,
  isClosed: boolean,
): RouteOutcome {
  let all: readonly RuleOutcome[] | undefined;
  let results: readonly RuleResult[] | undefined;
  const outcomes = () => {
    all ??= outcomesOf(rules, words, actings);
    return all;
  };
  const acts = (index: number, effect: 'allow' | 'deny') => {
    const acting = actings?.[index];
    return acting === undefined || isActing(effect, acting);
  };
  const opener = rules[openingAt];
  return {
    opening: opener?.outcomeOf(
      opener.conditions.map(() => hitCode),
      actings?.[openingAt],
    ).result,
    closing: isClosed ? surestDenial(rules, outcomes(), actings, acts) : undefined,
    trace() {
      results ??= Object.freeze(outcomes().map(({ result }) => result));
      return results;
    },
    grants: () =>
      rules.flatMap(({ rule }, index) => {
        const outcome = outcomes()[index];
        if (rule.effect === 'deny' || outcome === undefined || !acts(index, 'allow')) return [];
        return { grant: rule, outcome };
      }),
    idle:
      actings === undefined
        ? undefined
        : () => outcomes().filter((_, index) => !acts(index, rules[index]?.rule.effect ?? 'allow')),
  };
}

function surestDenial(
  rules: readonly CompiledRule[],
  outcomes: readonly RuleOutcome[],
  actings: readonly (Acting | undefined)[] | undefined,
  acts: (index: number, effect: Denial['effect']) => boolean,
): ClosingDenial | undefined {
  let best: ClosingDenial | undefined;
  for (const [index, { rule }] of rules.entries()) {
    const outcome = outcomes[index];
    if (rule.effect === 'allow' || outcome === undefined || !acts(index, 'deny')) continue;
    best = surerDenial(best, rule, outcome, actings?.[index]?.acts !== 'unknown');
  }
  return best;
}

function outcomesOf(
  rules: readonly CompiledRule[],
  words: readonly number[],
  actings: readonly (Acting | undefined)[] | undefined,
): readonly RuleOutcome[] {
  let from = 0;
  return rules.map((rule, index) => {
    const count = rule.conditions.length;
    const codes: number[] = [];
    for (let at = 0; at < count; at += 1) {
      const word = words[from + Math.floor(at / conditionsAWord)] ?? 0;
      codes.push((word >> (2 * (at % conditionsAWord))) & 3);
    }
    from += Math.floor(count / conditionsAWord) + 1;
    return rule.outcomeOf(codes, actings?.[index]);
  });
}
