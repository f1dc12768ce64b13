import type { ConditionKey, ConditionResult, RuleMode, RuleResult, Verdict } from '../decision/decision.ts';
import type { Acting } from './acting.ts';
import type { Condition } from './condition.ts';
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

/** A condition that broke instead of answering (security-rules.md 14): never a yes, and worth a look. */
export interface ConditionFailure {
  readonly rule: Pick<Grant | Denial, 'id' | 'at'>;
  readonly key: ConditionKey;
  readonly thrown: unknown;
}

/** Hears of conditions that broke. */
export type OnFailure = (failure: ConditionFailure) => void;

/** How many different outcomes of a rule are remembered; a rule's few conditions rarely make more than a dozen. */
const rememberedOutcomes = 256;

const hitCode = 0;
export const missCode = 1;
const unknownCode = 2;
/** It threw, or answered something else. */
export const failedCode = 3;
const verdicts: readonly Verdict[] = ['hit', 'miss', 'unknown', 'unknown'];

/** What a condition came to, in two bits. */
export function codeOf(verdict: Verdict): number {
  switch (verdict) {
    case 'hit':
      return hitCode;
    case 'miss':
      return missCode;
    case 'unknown':
      return unknownCode;
    default:
      return failedCode;
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
    const one = codes[index] ?? failedCode;
    results.push(resultOf(condition, verdicts[one] ?? 'unknown'));
    if (one === missCode) missed.push(key);
    else if (one === unknownCode) unknownKeys.push(key);
    else if (one === failedCode) hasFailed = true;
  }
  return {
    verdict: ruleVerdict(missed, unknownKeys.length === 0 && !hasFailed),
    conditions: Object.freeze(results),
    missed: Object.freeze(missed),
    unknown: Object.freeze(unknownKeys),
    hasFailed,
  };
}

/** A rule beside its conditions, compiled, and its outcomes so far. */
export interface CompiledRule {
  readonly rule: Grant | Denial;
  readonly conditions: readonly Condition[];
  /** The outcome for what its conditions came to, one code each. */
  outcomeOf(codes: readonly number[], acting: Acting | undefined): RuleOutcome;
}

/** Beyond these many codes of two bits a number tells them apart no more; no rule has them all. */
const countedConditions = 26;

/**
 * Puts a rule together with its conditions. An outcome is one object for as long as the rule runs, so that what is made
 * of it (a line of the audit trail) can be kept, too.
 */
export function compileRule(rule: Grant | Denial, conditions: readonly Condition[]): CompiledRule {
  // Many rules only ever come out in one way, so the map is made for the second.
  let first: { readonly key: number | string; readonly outcome: RuleOutcome } | undefined;
  let others: Map<number | string, RuleOutcome> | undefined;
  return {
    rule,
    conditions,
    outcomeOf: (codes, acting) => {
      if (conditions.length > countedConditions) return describeRule(rule, conditions, codes, acting);
      const number = codes.reduceRight((sum, code) => sum * 4 + code, 0);
      const key = acting === undefined ? number : `${number} ${acting.acts} ${acting.bucket}`;
      if (first?.key === key) return first.outcome;
      const known = others?.get(key);
      if (known !== undefined) return known;
      const outcome = describeRule(rule, conditions, codes, acting);
      if (first === undefined) first = { key, outcome };
      else {
        others ??= new Map();
        if (others.size < rememberedOutcomes) others.set(key, outcome);
      }
      return outcome;
    },
  };
}

function describeRule(
  { id, effect, at, mode }: Grant | Denial,
  conditions: readonly Condition[],
  codes: readonly number[],
  acting: Acting | undefined,
): RuleOutcome {
  const { verdict, conditions: results, missed, unknown, hasFailed } = patternOf(conditions, codes);
  const result = Object.freeze({ rule: id, effect, at, verdict, conditions: results, ...modeOf(effect, mode, acting) });
  return Object.freeze({ result, missed, unknown, hasFailed });
}

/** Without anything to tell a bucket by, the denial acts and the grant does not (security-rules.md 16). */
export function isActing(effect: 'allow' | 'deny', { acts }: Acting): boolean {
  return effect === 'deny' ? acts !== 'no' : acts === 'yes';
}

function modeOf(effect: 'allow' | 'deny', mode: RuleMode | undefined, acting: Acting | undefined): Partial<RuleResult> {
  if (mode === undefined || acting === undefined) return {};
  const { bucket } = acting;
  return { mode, isActing: isActing(effect, acting), ...(bucket === undefined ? {} : { bucket }) };
}
