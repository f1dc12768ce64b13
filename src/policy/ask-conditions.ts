import type { Facts } from '../decision/facts.ts';
import type { Condition } from './condition.ts';
import { codeOf, failedCode } from './rule-outcome.ts';

/** What conditions came to. */
export interface Asked {
  /** Two bits for each condition. */
  readonly words: number[];
  /** What was thrown, by the place of the condition. */
  broken: Map<number, unknown> | undefined;
}

/** More would not fit a small integer, which costs nothing to keep. */
const conditionsAWord = 15;
const wordBits = 2 * conditionsAWord;

/** How many words these many conditions take. */
export function wordsFor(count: number): number {
  return Math.ceil(count / conditionsAWord);
}

/** Asks conditions, and adds words of their own. @param firstPlace of these conditions among those of the route */
export function askAll(checks: readonly Condition['check'][], firstPlace: number, facts: Facts, asked: Asked): void {
  let word = 0;
  let shift = 0;
  for (let index = 0; index < checks.length; index += 1) {
    const check = checks[index];
    let code = failedCode;
    try {
      if (check !== undefined) code = codeOf(check(facts));
    } catch (thrown) {
      asked.broken ??= new Map();
      asked.broken.set(firstPlace + index, thrown);
    }
    word |= code << shift;
    shift += 2;
    if (shift === wordBits) {
      asked.words.push(word);
      word = 0;
      shift = 0;
    }
  }
  if (shift > 0) asked.words.push(word);
}

/** Reads them again. */
export function codesIn(words: readonly number[], firstWord: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => {
    const word = words[firstWord + Math.floor(index / conditionsAWord)] ?? 0;
    return (word >> (2 * (index % conditionsAWord))) & 3;
  });
}
