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

/** A rule that can be run against facts. */
export interface RuleRunner<Rule extends Grant | Denial> {
  readonly rule: Rule;
  run(facts: Facts): RuleOutcome;
}

/** How many different outcomes of a rule are remembered; a rule's few conditions rarely make more than a dozen. */
const rememberedOutcomes = 256;

const hit = 0;
const miss = 1;
const unknown = 2;
const failed = 3;
const verdicts: readonly Verdict[] = ['hit', 'miss', 'unknown', 'unknown'];

/** Two bits a condition: hit, miss, unknown or failed. */
function codeOf(condition: Condition, facts: Facts): number {
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

/** As many conditions as a pattern of two bits each has room for; a rule with its segment may have more. */
const packedConditions = 15;

function describe(
  rule: Grant | Denial,
  conditions: readonly Condition[],
  codeAt: (index: number) => number,
): RuleOutcome {
  const results: ConditionResult[] = [];
  const missed: ConditionKey[] = [];
  const unknownKeys: ConditionKey[] = [];
  let hasFailed = false;
  for (const [index, { key, segment }] of conditions.entries()) {
    const one = codeAt(index);
    const verdict = verdicts[one] ?? 'unknown';
    results.push(Object.freeze(segment === undefined ? { key, verdict } : { key, verdict, segment }));
    if (one === miss) missed.push(key);
    else if (one === unknown) unknownKeys.push(key);
    else if (one === failed) hasFailed = true;
  }
  const verdict = ruleVerdict(missed, unknownKeys.length === 0 && !hasFailed);
  return Object.freeze({
    result: Object.freeze({
      rule: rule.id,
      effect: rule.effect,
      at: rule.at,
      verdict,
      conditions: Object.freeze(results),
    }),
    missed: Object.freeze(missed),
    unknown: Object.freeze(unknownKeys),
    hasFailed,
  });
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
      run: (facts) => {
        const codes = conditions.map((condition) => codeOf(condition, facts));
        return describe(rule, conditions, (index) => codes[index] ?? failed);
      },
    };
  }
  const outcomes = new Map<number, RuleOutcome>();
  return {
    rule,
    run: (facts) => {
      let code = 0;
      for (let index = 0; index < conditions.length; index += 1) {
        const condition = conditions[index];
        if (condition !== undefined) code |= codeOf(condition, facts) << (2 * index);
      }
      const known = outcomes.get(code);
      if (known !== undefined) return known;
      const outcome = describe(rule, conditions, (index) => (code >> (2 * index)) & 3);
      if (outcomes.size < rememberedOutcomes) outcomes.set(code, outcome);
      return outcome;
    },
  };
}
