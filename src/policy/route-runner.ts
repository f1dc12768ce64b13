import type { Facts } from '../decision/facts.ts';
import { type Acting, createActing } from './acting.ts';
import type { Condition } from './condition.ts';
import { createRememberedOutcomes } from './remembered-outcomes.ts';
import { layOut } from './route-layout.ts';
import { describeRoute, type RouteOutcome, type RulesOfRoute } from './route-outcome.ts';
import { type CompiledRule, codeOf, failedCode, type OnFailure } from './rule-outcome.ts';

export type RouteRunner = (facts: Facts, onFailure?: OnFailure) => RouteOutcome;

/** Two bits each; more would not fit a small integer, which costs nothing to keep. */
const conditionsAWord = 15;
const wordBits = 2 * conditionsAWord;
/** Outcomes that are remembered for each rule, since more rules come out in more ways. */
const outcomesARule = 2;

/**
 * Builds what runs all rules of a route. Every condition is asked each time, so that the trace is whole, and conditions
 * that are the same are asked once. What is asked stands in one list, and where requests come out alike no rule is
 * touched: with ten thousand routes, memory is what a decision waits for.
 */
export function createRouteRunner(route: string, rules: readonly CompiledRule[]): RouteRunner {
  const { layout, checks } = layOut(rules);
  const ofRoute = { rules, layout };
  const draws = rules.map(({ rule }) => createActing(route, rule));
  const hasModes = draws.some((draw) => draw !== undefined);
  const outcomes = createRememberedOutcomes(outcomesARule * rules.length);

  return (facts, onFailure) => {
    const numbers: number[] = [];
    let broken: Map<number, unknown> | undefined;
    let word = 0;
    let shift = 0;
    for (let place = 0; place < checks.length; place += 1) {
      const check = checks[place];
      let code = failedCode;
      try {
        if (check !== undefined) code = codeOf(check(facts));
      } catch (thrown) {
        broken ??= new Map();
        broken.set(place, thrown);
      }
      word |= code << shift;
      shift += 2;
      if (shift === wordBits) {
        numbers.push(word);
        word = 0;
        shift = 0;
      }
    }
    numbers.push(word);
    if (broken !== undefined && onFailure !== undefined) tellFailures(ofRoute, broken, onFailure);
    const actings = hasModes ? draws.map((draw) => draw?.(facts)) : undefined;
    if (actings !== undefined) addDraws(numbers, actings);

    const known = outcomes.find(numbers);
    if (known !== undefined) return known;
    const outcome = describeRoute(ofRoute, codesIn(numbers, checks), actings);
    outcomes.keep(numbers, outcome);
    return outcome;
  };
}

/** Each rule is told of, also where several share what broke. */
function tellFailures({ rules, layout }: RulesOfRoute, broken: ReadonlyMap<number, unknown>, onFailure: OnFailure) {
  let at = 0;
  for (const { rule, conditions } of rules) {
    for (const { key } of conditions) {
      const place = layout.places[at] ?? 0;
      if (broken.has(place)) onFailure({ rule, key, thrown: broken.get(place) });
      at += 1;
    }
  }
}

const actsNumbers = { yes: 0, no: 1, unknown: 2 } as const;

function addDraws(numbers: number[], actings: readonly (Acting | undefined)[]): void {
  for (const acting of actings)
    if (acting !== undefined) numbers.push(4 * ((acting.bucket ?? -1) + 1) + actsNumbers[acting.acts]);
}

function codesIn(words: readonly number[], checks: readonly Condition['check'][]): readonly number[] {
  return checks.map((_, place) => {
    const word = words[Math.floor(place / conditionsAWord)] ?? 0;
    return (word >> (2 * (place % conditionsAWord))) & 3;
  });
}
