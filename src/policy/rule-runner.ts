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

/** A condition that broke instead of answering (SECURITY.md 14): never a yes, and worth a look. */
export interface ConditionFailure {
  readonly rule: Pick<Grant | Denial, 'id' | 'at'>;
  readonly key: ConditionKey;
  readonly thrown: unknown;
}

/** Hears of conditions that broke. */
export type OnFailure = (failure: ConditionFailure) => void;

/** A rule that can be run against facts. */
export interface RuleRunner<Rule extends Grant | Denial> {
  readonly rule: Rule;
  run(facts: Facts, onFailure?: OnFailure): RuleOutcome;
}

/** How many different outcomes of a rule are remembered; a rule's few conditions rarely make more than a dozen. */
const rememberedOutcomes = 256;

const hit = 0;
const miss = 1;
const unknown = 2;
const failed = 3;
const verdicts: readonly Verdict[] = ['hit', 'miss', 'unknown', 'unknown'];

/** Two bits a condition: hit, miss, unknown or failed. */
function codeOf(condition: Condition, facts: Facts, rule: Grant | Denial, onFailure: OnFailure | undefined): number {
  try {
    switch (condition.check(facts)) {
      case 'hit':
        return hit;
      case 'miss':
        return miss;
      case 'unknown':
        return unknown;
      default:
        return failed;
    }
  } catch (thrown) {
    onFailure?.({ rule, key: condition.key, thrown });
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

function patternOf(conditions: readonly Condition[], code: number): Pattern {
  const codeAt = (index: number) => (code >> (2 * index)) & 3;
  // What a segment requires names its segment, so it is no other rule's.
  if (conditions.some(({ segment }) => segment !== undefined)) return describe(conditions, codeAt);
  const name = `${code} ${conditions.map(({ key }) => key).join(' ')}`;
  const known = sharedPatterns.get(name);
  if (known !== undefined) return known;
  const pattern = describe(conditions, codeAt);
  if (sharedPatterns.size < rememberedPatterns) sharedPatterns.set(name, pattern);
  return pattern;
}

/** As many conditions as a pattern of two bits each has room for; a rule with its segment may have more. */
const packedConditions = 15;

function describe(conditions: readonly Condition[], codeAt: (index: number) => number): Pattern {
  const results: ConditionResult[] = [];
  const missed: ConditionKey[] = [];
  const unknownKeys: ConditionKey[] = [];
  let hasFailed = false;
  for (const [index, condition] of conditions.entries()) {
    const { key } = condition;
    const one = codeAt(index);
    results.push(resultOf(condition, verdicts[one] ?? 'unknown'));
    if (one === miss) missed.push(key);
    else if (one === unknown) unknownKeys.push(key);
    else if (one === failed) hasFailed = true;
  }
  return {
    verdict: ruleVerdict(missed, unknownKeys.length === 0 && !hasFailed),
    conditions: Object.freeze(results),
    missed: Object.freeze(missed),
    unknown: Object.freeze(unknownKeys),
    hasFailed,
  };
}

function outcomeOf({ id, effect, at }: Grant | Denial, pattern: Pattern): RuleOutcome {
  const { verdict, conditions, missed, unknown: unknownKeys, hasFailed } = pattern;
  const result = Object.freeze({ rule: id, effect, at, verdict, conditions });
  return Object.freeze({ result, missed, unknown: unknownKeys, hasFailed });
}

/**
 * Builds the runner of one rule. Every condition is asked each time, so that the trace is whole; the outcome is then
 * looked up by its pattern of verdicts, so that a run allocates nothing once that pattern was seen.
 */
export function createRuleRunner<Rule extends Grant | Denial>(
  rule: Rule,
  conditions: readonly Condition[],
): RuleRunner<Rule> {
  if (conditions.length > packedConditions) {
    return {
      rule,
      run: (facts, onFailure) => {
        const codes = conditions.map((condition) => codeOf(condition, facts, rule, onFailure));
        return outcomeOf(
          rule,
          describe(conditions, (index) => codes[index] ?? failed),
        );
      },
    };
  }
  let lastCode = -1;
  let last: RuleOutcome | undefined;
  // Many rules only ever come out in one way, so the map is made for the second.
  let outcomes: Map<number, RuleOutcome> | undefined;

  const lookUp = (code: number): RuleOutcome => {
    const known = outcomes?.get(code);
    if (known !== undefined) return known;
    const outcome = outcomeOf(rule, patternOf(conditions, code));
    if (last !== undefined) {
      outcomes ??= new Map([[lastCode, last]]);
      if (outcomes.size < rememberedOutcomes) outcomes.set(code, outcome);
    }
    return outcome;
  };

  return {
    rule,
    run: (facts, onFailure) => {
      let code = 0;
      for (let index = 0; index < conditions.length; index += 1) {
        const condition = conditions[index];
        if (condition !== undefined) code |= codeOf(condition, facts, rule, onFailure) << (2 * index);
      }
      if (last !== undefined && code === lastCode) return last;
      const outcome = lookUp(code);
      lastCode = code;
      last = outcome;
      return outcome;
    },
  };
}
