import { TypeError as CelTypeError, type Environment, ParseError, type ParseResult } from '@marcbachmann/cel-js';
import type { SourcePosition } from '../../decision/decision.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Expression } from '../rule-values.ts';
import { compileNode } from './compile-node.ts';
import { estimateCost } from './estimate-cost.ts';
import type { Step } from './evaluation.ts';
import {
  createExpressionEnvironment,
  type ExpressionRoot,
  expressionFields,
  expressionRoots,
} from './expression-facts.ts';
import { Undetermined } from './outcome.ts';
import { StepMeter, stepBudget, TooManySteps } from './step-meter.ts';
import { type Survey, surveyExpression } from './survey-expression.ts';

/** What is wrong with an expression, and where in it: UTF-16 units from its start. */
export interface ExpressionProblem {
  readonly outcome: 'refused';
  /** `cost`: it is sound, and could take too long. */
  readonly kind: 'unsound' | 'cost';
  /** Completes a sentence that begins with the expression. */
  readonly says: string;
  readonly help: string | undefined;
  /** A name that there is not, and those that there are. */
  readonly unknown: { readonly name: string; readonly known: readonly string[] } | undefined;
  readonly start: number;
  readonly end: number;
}

/** An expression that is sound. */
export interface CheckedExpression {
  readonly outcome: 'checked';
  /** The most steps that evaluating it can take. */
  readonly steps: number;
  /** What it always comes to, where it reads no fact at all and a few steps tell. */
  constant(): boolean | undefined;
  compile(at: SourcePosition): Expression;
}

/** Longer texts belong into several rules. */
export const longestExpression = 1_000;

let environment: Environment | undefined;

/** What was found out about texts, while a file is checked, compiled and looked over: thousands of rules may say the same. */
const checkedTexts = new Map<string, CheckedExpression | ExpressionProblem>();
const mostTexts = 1_000;

/**
 * Parses an expression and checks it against the types of the facts, without evaluating any of it. What is wrong is found
 * here and not as a request waits: unknown names, types that do not fit, a result that is neither true nor false, and what
 * could take long.
 */
export function checkExpression(source: string): CheckedExpression | ExpressionProblem {
  const known = checkedTexts.get(source);
  if (known !== undefined) return known;
  const checked = checkText(source);
  if (checkedTexts.size >= mostTexts) checkedTexts.clear();
  if (source.length <= longestExpression) checkedTexts.set(source, checked);
  return checked;
}

function checkText(source: string): CheckedExpression | ExpressionProblem {
  environment ??= createExpressionEnvironment();
  if (source.length > longestExpression)
    return refuse('is too long', `at most ${longestExpression} characters; make several rules of it`, 0, 1);
  let parsed: ParseResult;
  try {
    parsed = environment.parse(source);
  } catch (thrown) {
    return problemOf(thrown, source);
  }
  const { ast } = parsed;
  const survey = surveyExpression(ast);
  if ('says' in survey) return { outcome: 'refused', kind: 'unsound', unknown: undefined, ...survey };
  const checked = parsed.check();
  if (!checked.valid) return problemOf(checked.error, source);
  if (checked.type !== 'bool') {
    const help =
      checked.type === 'dyn' ? 'say what it must be: claims.contractor == true' : 'compare it with something';
    return refuse(`comes to ${typeWord(checked.type)}, not to true or false`, help, ast.start, ast.end);
  }
  const cost = estimateCost(ast);
  if (cost.steps > stepBudget) return tooCostly(cost.steps, cost.start, cost.end);
  let step: Step | undefined;
  const compiled = () => {
    step ??= compileNode(ast, undefined);
    return step;
  };
  return {
    outcome: 'checked',
    steps: cost.steps,
    constant: () => (survey.reads.length === 0 ? constantOf(compiled()) : undefined),
    compile: (at) => expressionOf(source, at, compiled(), survey),
  };
}

function expressionOf(source: string, at: SourcePosition, step: Step, { reads, texts }: Survey): Expression {
  const roots: readonly ExpressionRoot[] = [...new Set(reads.map(([root]) => root))];
  const claims = reads.flatMap(([root, ...keys]) => (root === 'claims' ? [keys.join('.')] : []));
  return {
    source,
    at,
    claims: [...new Set(claims)],
    groups: reads.some(([root, key]) => root === 'user' && key === 'groups') ? [...new Set(texts)] : [],
    reads: roots,
    evaluate: (facts) => {
      const outcome = step({ facts, meter: new StepMeter(), item: null });
      if (typeof outcome === 'boolean') return outcome;
      if (!(outcome instanceof Undetermined)) throw new ConditionFailed('The condition did not come to true or false.');
      if (outcome.kind === 'unknown') return undefined;
      throw new ConditionFailed(outcome.why);
    },
  };
}

/** A condition came to nothing: an absent claim, a value of another type, a division by zero. */
class ConditionFailed extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'ConditionFailed';
  }
}

const noFacts: Facts = {
  request: { method: '', path: '', address: undefined, nowMs: 0 },
  person: undefined,
  authentication: undefined,
  device: undefined,
  risk: undefined,
};

/** Few are enough for what somebody writes as true or false. */
const stepsOfConstant = 1_000;

function constantOf(step: Step): boolean | undefined {
  try {
    const outcome = step({ facts: noFacts, meter: new StepMeter(stepsOfConstant), item: null });
    return typeof outcome === 'boolean' ? outcome : undefined;
  } catch (thrown) {
    if (thrown instanceof TooManySteps) return undefined;
    throw thrown;
  }
}

/** What went wrong as an expression ran, without any value of the facts. */
export function failureOf(thrown: unknown): string {
  const isOurs = thrown instanceof ConditionFailed || thrown instanceof TooManySteps;
  return isOurs ? thrown.message : 'The condition broke.';
}

function refuse(says: string, help: string | undefined, start: number, end: number): ExpressionProblem {
  return { outcome: 'refused', kind: 'unsound', says, help, unknown: undefined, start, end };
}

function tooCostly(steps: number, start: number, end: number): ExpressionProblem {
  const says = `could take ${amount(steps)} steps on one request, and ${amount(stepBudget)} are the most`;
  const help = 'this part costs the most: loop once, over a list that is no longer than needed';
  return { ...refuse(says, help, start, end), kind: 'cost' };
}

function amount(steps: number): string {
  return steps < 1e12 ? steps.toLocaleString('en-US') : 'more than a billion';
}

function problemOf(thrown: unknown, source: string): ExpressionProblem {
  if (!(thrown instanceof ParseError || thrown instanceof CelTypeError))
    return refuse('cannot be read', undefined, 0, source.length);
  const start = Math.min(thrown.range?.start ?? 0, source.length);
  const end = Math.max(start, thrown.range?.end ?? start);
  const name = source.slice(start, end);
  switch (thrown.code) {
    case 'unknown_variable':
      return {
        ...refuse(`has an unknown name "${name}"`, undefined, start, end),
        unknown: { name, known: expressionRoots },
      };
    case 'no_such_key': {
      const owner = /([a-z]+)\s*\.\s*$/.exec(source.slice(0, start))?.[1] ?? '';
      const known = Object.keys(Reflect.get(expressionFields, owner) ?? {});
      const says = `asks for ${owner === '' ? '' : `${owner}.`}${name}, which there is not`;
      return { ...refuse(says, undefined, start, end), unknown: { name, known } };
    }
    default: {
      // Of `and` the parser complains about its last letter.
      const operator = thrown instanceof ParseError ? operatorHelp(source, start) : undefined;
      if (operator !== undefined) return refuse('has an operator that CEL does not have', operator, start, end);
      const says = `${thrown instanceof ParseError ? 'does not parse' : 'does not fit'}: ${thrown.summary}`;
      return refuse(says, helpFor(thrown.summary), start, end);
    }
  }
}

function helpFor(summary: string): string | undefined {
  if (/^no such overload: .*\bdouble\b.*\bint\b|\bint\b.*\bdouble\b/.test(summary))
    return 'write the number with a point: 40.0';
  if (/'list\.(?:contains|includes|has)\(/.test(summary)) return 'write "finance" in user.groups';
  if (/Unexpected token: EOF/.test(summary)) return 'it ends too early: something is missing at its end';
  return undefined;
}

const operatorWords: Readonly<Record<string, string>> = { and: '&&', or: '||', not: '!', is: '==', eq: '==', ne: '!=' };

/** Operators as other languages write them, at or before the place where the parser stopped. */
function operatorHelp(source: string, start: number): string | undefined {
  const before = source.slice(0, start);
  const word = /^(and|or|is|eq|ne)\b/i.exec(source.slice(start))?.[1] ?? /\b(not)\s+$/i.exec(before)?.[1];
  const sign = word === undefined ? undefined : operatorWords[word.toLowerCase()];
  if (sign !== undefined) return `write ${sign} for ${word}`;
  if (source.charAt(start) === '=') return /[=!]=$/.test(before) ? `write ${before.slice(-2)}` : 'write == to compare';
  if (source.charAt(start) === '&' || before.endsWith('&')) return 'write && for and';
  if (source.charAt(start) === '|' || before.endsWith('|')) return 'write || for or';
  return undefined;
}

function typeWord(type: string | undefined): string {
  switch (type) {
    case 'string':
      return 'a text';
    case 'dyn':
      return 'whatever a claim holds';
    default:
      return `a value of type ${type ?? 'unknown'}`;
  }
}
