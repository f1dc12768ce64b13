import type { RuleResult } from '../decision/decision.ts';
import { type ClosingDenial, surerDenial } from './closing-denial.ts';
import type { Condition } from './condition.ts';
import type { Facts } from './facts.ts';
import type { Denial, Grant } from './rule.ts';
import { codeOf, type GrantOutcome, hitCode, missCode, outcomeOf, type RuleOutcome } from './rule-outcome.ts';

/** A rule beside its conditions, compiled. */
export interface CompiledRule {
  readonly rule: Grant | Denial;
  readonly conditions: readonly Condition[];
}

/** How all rules of a route came out. What is not asked for is not written out. */
export interface RouteOutcome {
  /** The first grant whose keys all hold. */
  readonly opening: RuleResult | undefined;
  readonly closing: ClosingDenial | undefined;
  /** Of every rule, in file order. */
  trace(): readonly RuleResult[];
  /** The grants before the one that opens, which are all of them when none does. */
  grants(): readonly GrantOutcome[];
}

/** How the conditions of a route's rules lie in one list; shared by routes whose rules have the same keys. */
interface Layout {
  /** Where each rule's conditions end. */
  readonly ends: readonly number[];
  readonly isGrant: readonly boolean[];
}

/** Two bits a condition; more would not fit a small integer, which costs nothing to keep. */
const conditionsAWord = 15;
const none = -1;

/**
 * Builds what runs all rules of a route. Every condition is asked each time, so that the trace is whole. The conditions
 * stand in one list, and no rule is touched but the one that decides: with ten thousand routes, memory is what a decision
 * waits for.
 */
export function createRouteRunner(
  rules: readonly CompiledRule[],
  shareLayout: ShareLayout,
): (facts: Facts) => RouteOutcome {
  const conditions = rules.flatMap((rule) => rule.conditions);
  const { ends, isGrant } = shareLayout(rules);

  return (facts) => {
    const words: number[] = [0];
    let word = 0;
    let shift = 0;
    let at = 0;
    let opening = none;
    let isClosed = false;
    for (let rule = 0; rule < ends.length; rule += 1) {
      const end = ends[rule] ?? at;
      let isWhole = true;
      let isMissed = false;
      for (; at < end; at += 1) {
        const condition = conditions[at];
        const code = condition === undefined ? missCode : codeOf(condition, facts);
        if (code !== hitCode) {
          isWhole = false;
          if (code === missCode) isMissed = true;
          words[word] = (words[word] ?? 0) | (code << shift);
        }
        shift += 2;
        if (shift === 2 * conditionsAWord) {
          shift = 0;
          word += 1;
          words.push(0);
        }
      }
      if (isGrant[rule] === false) isClosed ||= !isMissed;
      else if (isWhole && opening === none) opening = rule;
    }
    return describeRoute(rules, words, opening, isClosed);
  };
}

export type ShareLayout = (rules: readonly CompiledRule[]) => Layout;

/** Routes whose rules have the same keys in the same order share where they end. */
export function createLayouts(): ShareLayout {
  const known = new Map<string, Layout>();
  return (rules) => {
    const name = rules.map(({ rule, conditions }) => `${rule.effect}${conditions.length}`).join(' ');
    const found = known.get(name);
    if (found !== undefined) return found;
    let end = 0;
    const layout = {
      ends: rules.map(({ conditions }) => {
        end += conditions.length;
        return end;
      }),
      isGrant: rules.map(({ rule }) => rule.effect === 'allow'),
    };
    if (known.size < 1_000) known.set(name, layout);
    return layout;
  };
}

function describeRoute(
  rules: readonly CompiledRule[],
  words: readonly number[],
  openingAt: number,
  isClosed: boolean,
): RouteOutcome {
  let all: readonly RuleOutcome[] | undefined;
  const outcomes = () => {
    all ??= outcomesOf(rules, words);
    return all;
  };
  let closing: ClosingDenial | undefined;
  if (isClosed) {
    for (const [index, { rule }] of rules.entries()) {
      const outcome = outcomes()[index];
      if (rule.effect === 'deny' && outcome !== undefined) closing = surerDenial(closing, rule, outcome);
    }
  }
  const grant = rules[openingAt];
  const opening = grant === undefined ? undefined : whenHit(grant);
  return {
    opening,
    closing,
    trace: () => outcomes().map(({ result }) => result),
    grants: () =>
      rules.flatMap(({ rule }, index) => {
        const outcome = outcomes()[index];
        if (rule.effect === 'deny' || outcome === undefined || (openingAt !== none && index >= openingAt)) return [];
        return { grant: rule, outcome };
      }),
  };
}

const hits = new WeakMap<object, RuleResult>();

function whenHit(grant: CompiledRule & { hit?: RuleResult }): RuleResult {
  grant.hit ??= outcomeOf(
    grant.rule,
    grant.conditions,
    grant.conditions.map(() => hitCode),
  ).result;
  return grant.hit;
}

function outcomesOf(rules: readonly CompiledRule[], words: readonly number[]): readonly RuleOutcome[] {
  let at = 0;
  return rules.map(({ rule, conditions }) => {
    const codes = conditions.map((_, index) => codeAt(words, at + index));
    at += conditions.length;
    return outcomeOf(rule, conditions, codes);
  });
}

function codeAt(words: readonly number[], index: number): number {
  return ((words[Math.floor(index / conditionsAWord)] ?? 0) >> (2 * (index % conditionsAWord))) & 3;
}
