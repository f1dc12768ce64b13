import type * as z from 'zod';
import { schemaAt } from '../json-schema.ts';
import type { KeyPath } from '../problem.ts';
import type { Reporter } from '../reporter.ts';
import { refusalOf } from '../schema/text-values.ts';
import { closest } from '../values/closest.ts';
import { explainMissing, explainType } from './explain-type.ts';
import { explainUnknownKey } from './explain-unknown-key.ts';
import { type Explanation, type IssueContext, shorten, valueAt } from './explanation.ts';
import { adviceForKey, whereIn } from './key-advice.ts';
import { shapeAt } from './shape-at.ts';

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
  const network = explainNetworkName(path, context);
  if (network !== undefined) return network;
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

/** An address where the name of a network belongs. */
function explainNetworkName(path: KeyPath, context: IssueContext): Explanation | undefined {
  const value = valueAt(context.tree, path);
  const isName = path.at(-2) === 'networks' || (path[0] === 'tests' && path.at(-1) === 'network');
  if (!isName || typeof value !== 'string' || !/^[\d.]+(?:\/\d+)?$|^[\da-fA-F:.]*:[\da-fA-F:.]*(?:\/\d+)?$/.test(value))
    return undefined;
  const help =
    path[0] === 'tests'
      ? `write address: ${value}, or the name of a network`
      : `at the top level give it a name, networks: { office: [${value}] }, and write networks: [office] here`;
  return { path, code: 'P021', message: `"${value}" is an address, and a rule names networks`, help };
}

/** Words of the vocabulary that this version does not have as values. */
const laterChoices = new Set(['redis', 'builtin']);

function explainChoice(values: readonly unknown[], path: KeyPath, context: IssueContext): Explanation | undefined {
  const value = valueAt(context.tree, path);
  if (value === undefined) return explainMissing(path, context);
  const choices = values.map(String);
  const key = path.findLast((part) => typeof part === 'string') ?? 'the value';
  const isOne = typeof value !== 'object' && !context.isHidden(path);
  const found = isOne ? `, not ${context.show(path)}` : '';
  const message = `${key} must be ${choices.length === 1 ? '' : 'one of '}${choices.join(', ')}${found}${whereIn(path, context.tree)}`;
  if (typeof value !== 'string') return { path, code: 'P011', message };
  if (laterChoices.has(value)) {
    return { path, code: 'P011', message, help: `this version of Postern does not have ${value} yet` };
  }
  if (choices.includes(value)) return { path, code: 'P011', message, help: `write ${value} without quotes` };
  const meant = closest(value, choices, 3) ?? choiceFor(value, choices);
  return { path, code: 'P011', message, help: meant === undefined ? undefined : `did you mean "${meant}"?` };
}

/** Words of other products, by the choice that they stand for. */
const choiceWords: Readonly<Record<string, string>> = {
  report_only: 'audit log monitor dry_run dryrun shadow warn test',
  off: 'disabled disable false inactive',
  enforce: 'on enabled true active block',
  normal: 'medium default',
  otp: 'mfa 2fa two_factor totp sms code',
  passkey: 'webauthn fido fido2 u2f hwk security_key',
  password: 'pwd one_factor',
  sqlite: 'memory file local',
};

function choiceFor(value: string, choices: readonly string[]): string | undefined {
  const word = value.toLowerCase().replaceAll('-', '_');
  return choices.find((choice) => choiceWords[choice]?.split(' ').includes(word));
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
    const key = String(path.at(-1));
    if (schemaAt(context.schema, path)?.anyOf?.every(({ items }) => items === undefined) === true)
      return [
        { path, code: 'P010', message: `"${key}" must be text, or a text for each language`, help: 'write { en: … }' },
      ];
    const shape = context.isHidden(path) ? undefined : shapeAt(path, valueAt(context.tree, path));
    const help = shape === undefined ? undefined : `write ${shape}`;
    return [{ path, code: 'P010', message: `"${key}" must be text or a list of texts`, help }];
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
  const advice = key === '<<' ? adviceForKey(path.slice(0, -1), key) : undefined;
  if (advice !== undefined) return { path, on: 'key', ...advice };
  if (refusal !== undefined) {
    return { path, code: refusal.code, message: `"${key}" ${refusal.says}`, on: 'key', help: refusal.help };
  }
  return { path, code: 'P019', message: `"${key}" is not a language`, on: 'key', help: 'write a tag such as en or de' };
}
