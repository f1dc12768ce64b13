import type { ConditionKey, ConditionResult, RuleResult, Verdict } from '../decision/decision.ts';
import type { Condition } from './condition.ts';
import type { Facts } from './facts.ts';
import type { Denial, Grant } from './rule.ts';

/** How a rule came out, with what a decision wants to know about it worked out beforehand. */
export interface RuleOutcome {
  readonly result: RuleResult;
  /** Keys that are known to miss. */
  readonly missed: readonly ConditionKey[];
  /** Keys that could not be told, failed ones not included. */
  readonly unknown: readonly ConditionKey[];
  /** True when a condition broke: shown as unknown in the trace. */
  readonly hasFailed: boolean;
}

/** A grant beside how it came out. */
export interface GrantOutcome {
  readonly grant: Grant;
  readonly outcome: RuleOutcome;
}

export const hitCode = 0;
export const missCode = 1;
const unknown = 2;
const failed = 3;
const verdicts: readonly Verdict[] = ['hit', 'miss', 'unknown', 'unknown'];

/** What a condition came to, in two bits: hit, miss, unknown or failed. A throw is a failed condition (SECURITY.md 14). */
export function codeOf(condition: Condition, facts: Facts): number {
  try {
    switch (condition.check(facts)) {
      case 'hit':
        return hitCode;
      case 'miss':
        return missCode;
      case 'unknown':
        return unknown;
      default:
        return failed;
    }
  } catch {
    return failed;
  }
}

/**
 * A rule's own verdict: `hit` when every key holds, `miss` when one is known not to, otherwise `unknown`. What is
 * known to miss is settled first, so that a broken condition in a rule that cannot apply decides nothing.
 */
function ruleVerdict(missed: readonly ConditionKey[], isWhole: boolean): Verdict {
  if (missed.length > 0) return 'miss';
  return isWhole ? 'hit' : 'unknown';
}

const sharedResults = new Map<string, ConditionResult>();

/** One object for each key, verdict and segment: there are a few dozen, and every outcome of every rule is made of them. */
function resultOf({ key, segment }: Condition, verdict: Verdict): ConditionResult {
  if (segment !== undefined) return Object.freeze({ key, verdict, segment });
  const name = `${key} ${verdict}`;
  const result = sharedResults.get(name) ?? Object.freeze({ key, verdict });
  sharedResults.set(name, result);
  return result;
}

/** All of an outcome that does not name its rule. */
interface Pattern extends Omit<RuleOutcome, 'result'> {
  readonly verdict: Verdict;
  readonly conditions: readonly ConditionResult[];
}

/** Patterns that rules of the same keys share. Far more than real rules have. */
const rememberedPatterns = 10_000;
const sharedPatterns = new Map<string, Pattern>();

function patternOf(conditions: readonly Condition[], codes: readonly number[]): Pattern {
  // What a segment requires names its segment, so it is no other rule's.
  if (conditions.some(({ segment }) => segment !== undefined)) return describe(conditions, codes);
  const name = `${codes.join('')} ${conditions.map(({ key }) => key).join(' ')}`;
  const known = sharedPatterns.get(name);
  if (known !== undefined) return known;
  const pattern = describe(conditions, codes);
  if (sharedPatterns.size < rememberedPatterns) sharedPatterns.set(name, pattern);
  return pattern;
}

function describe(conditions: readonly Condition[], codes: readonly number[]): Pattern {
  const results: ConditionResult[] = [];
  const missed: ConditionKey[] = [];
  const unknownKeys: ConditionKey[] = [];
  let hasFailed = false;
  for (const [index, condition] of conditions.entries()) {
    const { key } = condition;
    const code = codes[index] ?? failed;
    results.push(resultOf(condition, verdicts[code] ?? 'unknown'));
    if (code === missCode) missed.push(key);
    else if (code === unknown) unknownKeys.push(key);
    else if (code === failed) hasFailed = true;
  }
  return {
    verdict: ruleVerdict(missed, unknownKeys.length === 0 && !hasFailed),
    conditions: Object.freeze(results),
    missed: Object.freeze(missed),
    unknown: Object.freeze(unknownKeys),
    hasFailed,
  };
}

/** The outcome of a rule whose conditions came to these codes. */
export function outcomeOf(
  { id, effect, at }: Grant | Denial,
  conditions: readonly Condition[],
  codes: readonly number[],
): RuleOutcome {
  const { verdict, conditions: results, missed, unknown: unknownKeys, hasFailed } = patternOf(conditions, codes);
  const result = Object.freeze({ rule: id, effect, at, verdict, conditions: results });
  return Object.freeze({ result, missed, unknown: unknownKeys, hasFailed });
}
