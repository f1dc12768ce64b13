import type { RuleResult } from '../decision/decision.ts';
import type { Acting } from './acting.ts';
import { type ClosingDenial, surerDenial } from './closing-denial.ts';
import type { RouteLayout } from './route-layout.ts';
import { type CompiledRule, type GrantOutcome, isActing, missCode, type RuleOutcome } from './rule-outcome.ts';

/** How the rules of a route came out. */
export interface RouteOutcome {
  /** The first grant that acts and whose keys all hold. */
  readonly opening: RuleResult | undefined;
  /** The denial that closes; those that do not act close nothing. */
  readonly closing: ClosingDenial | undefined;
  /** Of every rule, in file order. */
  readonly trace: readonly RuleResult[];
  /** Rules that their mode keeps from acting; `undefined` where the route has no modes. */
  readonly idle: readonly RuleOutcome[] | undefined;
  /** The grants that act but do not open; of use when none opens. */
  grants(): readonly GrantOutcome[];
}

/** The rules of a route, and where their conditions are among those that are asked. */
export interface RulesOfRoute {
  readonly rules: readonly CompiledRule[];
  readonly layout: RouteLayout;
}

/**
 * Says how a route comes out once its conditions were asked.
 * @param codes what they came to, by the layout's places
 * @param actings of the rules; `undefined` where none has a mode
 */
export function describeRoute(
  { rules, layout }: RulesOfRoute,
  codes: readonly number[],
  actings: readonly (Acting | undefined)[] | undefined,
): RouteOutcome {
  const outcomes = rules.map((rule, index) => rule.outcomeOf(codesOf(layout, index, codes), actings?.[index]));
  const acts = (index: number, effect: 'allow' | 'deny') => {
    const acting = actings?.[index];
    return acting === undefined || isActing(effect, acting);
  };
  let opening: RuleResult | undefined;
  let closing: ClosingDenial | undefined;
  for (const [index, { rule }] of rules.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined || !acts(index, rule.effect)) continue;
    if (rule.effect === 'deny') closing = surerDenial(closing, rule, outcome, actings?.[index]?.acts !== 'unknown');
    else if (outcome.result.verdict === 'hit') opening ??= outcome.result;
  }
  return {
    opening,
    closing,
    trace: Object.freeze(outcomes.map(({ result }) => result)),
    idle: actings && outcomes.filter(({ result }, index) => !acts(index, result.effect)),
    // Hundreds of outcomes are remembered, and few of them are a no: so this is made when it is asked for.
    grants: () =>
      rules.flatMap(({ rule }, index) => {
        const outcome = outcomes[index];
        return rule.effect === 'deny' || outcome === undefined || !acts(index, 'allow') ? [] : { grant: rule, outcome };
      }),
  };
}

/** What the conditions of one rule came to. */
function codesOf({ places, ends }: RouteLayout, index: number, codes: readonly number[]): readonly number[] {
  const own: number[] = [];
  const end = ends[index] ?? 0;
  for (let at = ends[index - 1] ?? 0; at < end; at += 1) own.push(codes[places[at] ?? -1] ?? missCode);
  return own;
}
