import type * as z from 'zod';
import type { KeyPath } from '../problem.ts';
import type { Reporter } from '../reporter.ts';
import { refusalOf } from '../schema/text-values.ts';
import { closest } from '../values/closest.ts';
import { explainMissing, explainType } from './explain-type.ts';
import { explainUnknownKey } from './explain-unknown-key.ts';
import { type Explanation, type IssueContext, shorten, valueAt } from './explanation.ts';

type Issue = z.core.$ZodIssue;

/**
 * Turns the schema's issues into sentences for the person who wrote the file. Unknown keys first, since they explain
 * missing ones. Where something was said already, what follows from it is not said.
 */
export function explainIssues(issues: readonly Issue[], context: IssueContext, reporter: Reporter): void {
  const unknownFirst = issues.toSorted((one, other) => rank(one) - rank(other));
  for (const issue of unknownFirst) {
    for (const explanation of explain(issue, issuePath(issue), context)) {
      const { path, code, message } = explanation;
      if (!reporter.hasError(path)) reporter.report(path, code, message, explanation);
    }
  }
}

/** Where an issue is, as a path of the tree. */
export function issuePath(issue: { readonly path: readonly PropertyKey[] }): KeyPath {
  return issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}

function rank(issue: Issue): number {
  return issue.code === 'unrecognized_keys' ? 0 : 1;
}

function explain(issue: Issue, path: KeyPath, context: IssueContext): readonly Explanation[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => explainUnknownKey(path, key, context));
    case 'invalid_type':
      return listOf(explainType(issue.expected, path, context));
    case 'invalid_value':
      return listOf(explainChoice(issue.values, path, context));
    case 'too_small':
    case 'too_big':
      return [explainRange(issue, path, context)];
    case 'invalid_union':
      return explainUnion(issue, path, context);
    case 'invalid_key':
      return [explainKey(issue.issues, path)];
    case 'custom':
      return [explainRefusal(issue, path, context)];
    default:
      return [{ path, code: 'P010', message: `${context.show(path)} is not a value for this key` }];
  }
}

function listOf(explanation: Explanation | undefined): readonly Explanation[] {
  return explanation === undefined ? [] : [explanation];
}

/** A text that its parser refused. Help may repeat a part of the value, so a hidden value gets none. */
function explainRefusal(issue: z.core.$ZodIssueCustom, path: KeyPath, context: IssueContext): Explanation {
  const refusal = refusalOf(issue.params);
  if (refusal === undefined) return { path, code: 'P010', message: 'this is not a value for this key' };
  const isSafe = refusal.code === 'P031' || refusal.code === 'P032' || !context.isHidden(path);
  // The text of a condition is long, and the frame shows it.
  const message = `${refusal.code === 'P047' ? 'the condition' : context.show(path)} ${refusal.says}`;
  const value = valueAt(context.tree, path);
  return {
    path,
    code: refusal.code,
    message,
    help: isSafe ? refusal.help : undefined,
    ...(refusal.within === undefined || typeof value !== 'string' ? {} : { within: { ...refusal.within, value } }),
  };
}

/** Words of the vocabulary that this version does not have as values. */
const laterChoices = new Set(['redis', 'builtin']);

function explainChoice(values: readonly unknown[], path: KeyPath, context: IssueContext): Explanation | undefined {
  const value = valueAt(context.tree, path);
  if (value === undefined) return explainMissing(path, context);
  const choices = values.map(String);
  const key = path.findLast((part) => typeof part === 'string') ?? 'the value';
  const message = `${key} must be ${choices.length === 1 ? '' : 'one of '}${choices.join(', ')}`;
  if (typeof value !== 'string') return { path, code: 'P011', message };
  if (laterChoices.has(value)) {
    return { path, code: 'P011', message, help: `this version of Postern does not have ${value} yet` };
  }
  if (choices.includes(value)) return { path, code: 'P011', message, help: `write ${value} without quotes` };
  const meant = closest(value, choices, 3);
  return { path, code: 'P011', message, help: meant === undefined ? undefined : `did you mean "${meant}"?` };
}

type RangeIssue = z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig;

function explainRange(issue: RangeIssue, path: KeyPath, context: IssueContext): Explanation {
  if (issue.code === 'too_small' && issue.origin === 'array') {
    const help = 'name at least one, or remove the key';
    return { path, code: 'P018', message: `"${String(path.at(-1))}" is an empty list`, help };
  }
  const limit = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  return { path, code: 'P018', message: `${context.show(path)} is out of range`, help: `write a number of ${limit}` };
}

/** Speaks about the option that the writer had in mind: the one whose outer type fits. */
function explainUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  path: KeyPath,
  context: IssueContext,
): readonly Explanation[] {
  if (valueAt(context.tree, path) === undefined) return listOf(explainMissing(path, context));
  const ofType = issue.errors.filter((issues) => !isAtRoot(issues, 'invalid_type'));
  const fitting =
    ofType.find((issues) => !isAtRoot(issues, 'unrecognized_keys')) ??
    // An unknown key explains the one that is missing.
    ofType[0]?.filter(({ code }) => code === 'unrecognized_keys');
  if (fitting === undefined) {
    if (path.at(-2) === 'paths')
      return [{ path, code: 'P010', message: 'this item must be a pattern, { path: … } or { regex: … }' }];
    return [{ path, code: 'P010', message: `"${String(path.at(-1))}" must be text or a list of texts` }];
  }
  return fitting.flatMap((inner) => explain(inner, [...path, ...issuePath(inner)], context));
}

function isAtRoot(issues: readonly z.core.$ZodIssue[], code: z.core.$ZodIssue['code']): boolean {
  return issues.some((inner) => inner.path.length === 0 && inner.code === code);
}

/** A key of a map of names that is not a name. */
function explainKey(issues: readonly z.core.$ZodIssue[], path: KeyPath): Explanation {
  const refusal = issues.map((inner) => (inner.code === 'custom' ? refusalOf(inner.params) : undefined))[0];
  const key = shorten(String(path.at(-1)));
  if (refusal !== undefined) {
    return { path, code: refusal.code, message: `"${key}" ${refusal.says}`, on: 'key', help: refusal.help };
  }
  return { path, code: 'P019', message: `"${key}" is not a language`, on: 'key', help: 'write a tag such as en or de' };
}
