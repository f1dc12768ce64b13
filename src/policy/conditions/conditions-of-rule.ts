import type * as z from 'zod';
import type { RuleResult } from '../../decision/decision.ts';
import type { Denial, Grant, SegmentRequirement } from '../rule.ts';
import {
  conditionsOfDenials,
  conditionsOfGrants,
  type DenialShape,
  type DenialValues,
  type GrantKey,
  type GrantShape,
  type GrantValues,
} from './all-conditions.ts';
import type { ConditionDescriptor, GrantConditionDescriptor } from './condition-descriptor.ts';
import type { ConditionWords, RuleContext } from './condition-words.ts';

/** A key as all rules of an effect can have it, under the name that compiled rules have for it. */
export interface NamedCondition {
  readonly property: string;
  readonly condition: ConditionDescriptor;
}

/** A key that a rule has, with its value. */
export interface ConditionOfRule extends NamedCondition {
  readonly value: unknown;
}

const ofGrants: readonly (NamedCondition & { readonly condition: GrantConditionDescriptor })[] =
  named(conditionsOfGrants);
const ofDenials: readonly NamedCondition[] = named(conditionsOfDenials);
const grantsByKey = new Map(ofGrants.map((one) => [one.condition.key, one]));

function named<Condition>(all: Readonly<Record<string, Condition>>) {
  return Object.entries(all).map(([property, condition]) => ({ property, condition }));
}

/** Every key that rules of an effect can have, in the order in which they are told. */
export function conditionsFor(effect: RuleResult['effect']): readonly NamedCondition[] {
  return effect === 'allow' ? ofGrants : ofDenials;
}

/** The keys that a rule has. A segment's requirement is a grant's, without that grant's segment. */
export function conditionsOf(rule: SegmentRequirement['keys'] | Denial): readonly ConditionOfRule[] {
  return conditionsFor(rule.effect).flatMap(({ property, condition }) => {
    const value: unknown = Reflect.get(rule, property);
    return value === undefined ? [] : { property, condition, value };
  });
}

/** What a decision or a record calls a key, as grants have it. `undefined`: no grant has it, or a later Postern's has. */
export function grantCondition(key: string): GrantConditionDescriptor | undefined {
  return grantsByKey.get(key)?.condition;
}

/** The same, of whichever rules have it. */
export function conditionNamed(key: string): ConditionDescriptor | undefined {
  return grantCondition(key) ?? ofDenials.find(({ condition }) => condition.key === key)?.condition;
}

/** What a grant and its segment say of a key: none, one or two values. */
export function valuesOf(grant: Grant, key: string): readonly unknown[] {
  const property = grantsByKey.get(key)?.property;
  if (property === undefined) return [];
  const own: unknown = Reflect.get(grant, property);
  const added: unknown = grant.segment === undefined ? undefined : Reflect.get(grant.segment.keys, property);
  return [own, added].filter((value) => value !== undefined);
}

/** Compiles the keys of a rule of the file. A rule has every property, so that all rules have one shape in memory. */
export function compileConditions(
  effect: 'allow',
  settings: object,
  path: readonly (string | number)[],
  context: RuleContext,
): GrantValues;
export function compileConditions(
  effect: 'deny',
  settings: object,
  path: readonly (string | number)[],
  context: RuleContext,
): DenialValues;
export function compileConditions(
  effect: RuleResult['effect'],
  settings: object,
  path: readonly (string | number)[],
  context: RuleContext,
): object {
  const compiled: Record<string, unknown> = {};
  for (const { property, condition } of conditionsFor(effect)) {
    const value: unknown = Reflect.get(settings, condition.key);
    compiled[property] = value === undefined ? undefined : condition.compile(value, context, [...path, condition.key]);
  }
  return compiled;
}

/** The keys of grants as a schema has them: each may be left out. */
export function grantShape(words: ConditionWords): GrantShape {
  return shapeFor('allow', words) as GrantShape;
}

/** The same for denials. */
export function denialShape(words: ConditionWords): DenialShape {
  return shapeFor('deny', words) as DenialShape;
}

function shapeFor(effect: RuleResult['effect'], words: ConditionWords): Readonly<Record<string, z.ZodType>> {
  return Object.fromEntries(
    conditionsFor(effect).map(({ condition }) => [
      condition.key,
      condition.schema(words).optional().describe(condition.description),
    ]),
  );
}

/** True for a key that grants of this version have. */
export function isGrantKey(key: string): key is GrantKey {
  return grantsByKey.has(key);
}

/** What a page says was missing, by the key of the grant that missed. */
export function requirementTexts(language: 'english' | 'german'): Readonly<Record<`requirement.${GrantKey}`, string>> {
  const texts = ofGrants.map(({ condition }) => [`requirement.${condition.key}`, condition.lacking[language]]);
  return Object.fromEntries(texts) as Record<`requirement.${GrantKey}`, string>;
}
