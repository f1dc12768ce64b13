import type { Facts, PersonFacts } from '../decision/facts.ts';
import { type Acting, createActing } from './acting.ts';
import { type Asked, askAll, codesIn, wordsFor } from './ask-conditions.ts';
import { createRememberedOutcomes } from './remembered-outcomes.ts';
import { layOut } from './route-layout.ts';
import { describeRoute, type RouteOutcome, type RulesOfRoute } from './route-outcome.ts';
import type { CompiledRule, OnFailure } from './rule-outcome.ts';

export type RouteRunner = (facts: Facts, onFailure?: OnFailure) => RouteOutcome;

/** Outcomes that are remembered for each rule, since more rules come out in more ways. */
const outcomesARule = 2;

/**
 * Builds what runs all rules of a route. Every condition has its say each time, so that the trace is whole: conditions
 * that are the same are asked once, and those of the person once for each person's facts. What is asked stands in one
 * list, and where requests come out alike no rule is touched: with ten thousand routes, memory is what a decision waits for.
 */
export function createRouteRunner(route: string, rules: readonly CompiledRule[]): RouteRunner {
  const { layout, ofPerson, ofRequest } = layOut(rules);
  const ofRoute = { rules, layout };
  const draws = rules.map(({ rule }) => createActing(route, rule));
  const hasModes = draws.some((draw) => draw !== undefined);
  const outcomes = createRememberedOutcomes(outcomesARule * rules.length);
  const wordsOfPeople = new WeakMap<PersonFacts, readonly number[]>();

  function askOfPerson(facts: Facts, asked: Asked): void {
    const { person } = facts;
    const known = person && wordsOfPeople.get(person);
    if (known !== undefined) {
      for (const word of known) asked.words.push(word);
      return;
    }
    askAll(ofPerson, 0, facts, asked);
    // Whoever listens hears of what breaks with each request.
    if (person !== undefined && asked.broken === undefined) wordsOfPeople.set(person, [...asked.words]);
  }

  return (facts, onFailure) => {
    const asked: Asked = { words: [], broken: undefined };
    if (ofPerson.length > 0) askOfPerson(facts, asked);
    askAll(ofRequest, ofPerson.length, facts, asked);
    const { words: numbers, broken } = asked;
    if (broken !== undefined && onFailure !== undefined) tellFailures(ofRoute, broken, onFailure);
    const actings = hasModes ? draws.map((draw) => draw?.(facts)) : undefined;
    if (actings !== undefined) addDraws(numbers, actings);

    const known = outcomes.find(numbers);
    if (known !== undefined) return known;
    const codes = [
      ...codesIn(numbers, 0, ofPerson.length),
      ...codesIn(numbers, wordsFor(ofPerson.length), ofRequest.length),
    ];
    const outcome = describeRoute(ofRoute, codes, actings);
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
