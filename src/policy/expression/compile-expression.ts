import {
  TypeError as CelTypeError,
  type Environment,
  EvaluationError,
  ParseError,
  type ParseResult,
} from '@marcbachmann/cel-js';
import type { SourcePosition } from '../../decision/decision.ts';
import type { Expression } from '../rule.ts';
import {
  createExpressionEnvironment,
  type ExpressionRoot,
  expressionFields,
  expressionRoots,
  isFactUnknown,
  viewOf,
} from './expression-facts.ts';
import { type Survey, surveyExpression } from './survey-expression.ts';

/** What is wrong with an expression, and where in it: UTF-16 units from its start. */
export interface ExpressionProblem {
  readonly outcome: 'refused';
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
  /** What it always comes to, where it reads no fact at all. */
  readonly constant: boolean | undefined;
  compile(at: SourcePosition): Expression;
}

/** Longer texts belong into several rules. */
export const longestExpression = 1_000;

let environment: Environment | undefined;

/**
 * Parses an expression and checks it against the types of the facts. What is wrong is found here and not as a request
 * waits: unknown names, types that do not fit, a result that is neither true nor false, and what has no bounded cost.
 */
export function checkExpression(source: string): CheckedExpression | ExpressionProblem {
  environment ??= createExpressionEnvironment();
  if (source.length > longestExpression)
    return refuse('is too long', `at most ${longestExpression} characters; make several rules of it`, 0, 1);
  let parsed: ParseResult;
  try {
    parsed = environment.parse(source);
  } catch (thrown) {
    return problemOf(thrown, source);
  }
  const survey = surveyExpression(parsed.ast);
  if ('says' in survey) return { outcome: 'refused', unknown: undefined, ...survey };
  const checked = parsed.check();
  if (!checked.valid) return problemOf(checked.error, source);
  if (checked.type !== 'bool') {
    const help =
      checked.type === 'dyn' ? 'say what it must be: claims.contractor == true' : 'compare it with something';
    return refuse(`comes to ${typeWord(checked.type)}, not to true or false`, help, parsed.ast.start, parsed.ast.end);
  }
  return {
    outcome: 'checked',
    constant: survey.reads.length === 0 ? constantOf(parsed) : undefined,
    compile: (at) => expressionOf(source, at, parsed, survey),
  };
}

function expressionOf(source: string, at: SourcePosition, run: ParseResult, { reads, tested }: Survey): Expression {
  const roots: readonly ExpressionRoot[] = [...new Set(reads.map(([root]) => root))];
  const claims = reads.flatMap(([root, ...keys]) => (root === 'claims' ? [keys.join('.')] : []));
  return {
    source,
    at,
    claims: [...new Set(claims)],
    reads: roots,
    evaluate: (facts) => {
      // What has() asks about must be known: that something is not known is no reason to call it absent.
      if (tested.some((path) => isFactUnknown(path, facts))) return undefined;
      try {
        return asBoolean(run(viewOf(facts, roots)));
      } catch (thrown) {
        // CEL settles "or" and "and" around a fact that is missing; what it could not settle depends on that fact.
        if (reads.some((path) => isFactUnknown(path, facts))) return undefined;
        throw thrown;
      }
    },
  };
}

/** A constant that fails, such as a division by zero, has no value either. */
function constantOf(run: ParseResult): boolean | undefined {
  try {
    return asBoolean(run({}));
  } catch {
    return undefined;
  }
}

function asBoolean(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new RangeError('The expression did not come to true or false.');
}

/** What went wrong as an expression ran, without any value of the facts. */
export function failureOf(thrown: unknown): string {
  return thrown instanceof EvaluationError ? thrown.summary : 'The condition broke.';
}

function refuse(says: string, help: string | undefined, start: number, end: number): ExpressionProblem {
  return { outcome: 'refused', says, help, unknown: undefined, start, end };
}

function problemOf(thrown: unknown, source: string): ExpressionProblem {
  if (!(thrown instanceof ParseError || thrown instanceof CelTypeError || thrown instanceof EvaluationError))
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
    default:
      return refuse(
        `${thrown instanceof ParseError ? 'does not parse' : 'does not fit'}: ${thrown.summary}`,
        helpFor(thrown.summary),
        start,
        end,
      );
  }
}

function helpFor(summary: string): string | undefined {
  if (/^no such overload: .*\bdouble\b.*\bint\b|\bint\b.*\bdouble\b/.test(summary))
    return 'write the number with a point: 40.0';
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
