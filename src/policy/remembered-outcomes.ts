import type { RouteOutcome } from './route-outcome.ts';

/** What a route came to, by the numbers that its conditions and draws came to. */
export interface RememberedOutcomes {
  find(numbers: readonly number[]): RouteOutcome | undefined;
  keep(numbers: readonly number[], outcome: RouteOutcome): void;
}

/**
 * Remembers outcomes of one route; the oldest make room. Requests for a route mostly come out alike, and then nothing is
 * made anew and no rule is touched: so the last one is looked at first, and the table is made for the second.
 */
export function createRememberedOutcomes(most: number): RememberedOutcomes {
  let last: { readonly numbers: readonly number[]; readonly outcome: RouteOutcome } | undefined;
  let known: Map<string, RouteOutcome> | undefined;
  return {
    find(numbers) {
      if (last === undefined) return undefined;
      if (isSame(last.numbers, numbers)) return last.outcome;
      const outcome = known?.get(numbers.join());
      if (outcome !== undefined) last = { numbers, outcome };
      return outcome;
    },
    keep(numbers, outcome) {
      if (last !== undefined) {
        known ??= new Map([[last.numbers.join(), last.outcome]]);
        known.set(numbers.join(), outcome);
        for (const [oldest] of known) {
          if (known.size <= most) break;
          known.delete(oldest);
        }
      }
      last = { numbers, outcome };
    },
  };
}

/** Of as many. */
function isSame(one: readonly number[], other: readonly number[]): boolean {
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}
