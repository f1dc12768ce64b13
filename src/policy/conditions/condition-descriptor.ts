import type * as z from 'zod';
import type { Deny, RuleResult } from '../../decision/decision.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Condition } from '../condition.ts';
import type { Absent, ConditionWords, GivenFacts, RuleContext, Wording } from './condition-words.ts';
import type { SampleChoice, SampleDraft } from './sample-draft.ts';

/** A part of a denial's answer. */
export type Obstacle = Pick<Deny, 'reason' | 'checks' | 'nextOpening'>;

/** When and from where a rule may come out otherwise, for those who try several. */
export interface Situations {
  /** An address in each place that it names. */
  readonly addresses?: readonly string[];
  /** True where the time matters. */
  readonly isTimed?: boolean;
  /** When it begins to hold next. */
  readonly openingMs?: number | undefined;
}

/**
 * All that Postern knows of one key of rules: how it is written, compiled, asked, explained and compared. Whoever deals
 * with rules goes through these (all-conditions.ts), so that a new key is one file and one line.
 * `Schema` is the key's value in the file, `Value` what it is compiled to.
 */
export interface ConditionDescriptor<
  Key extends string = string,
  Schema extends z.ZodType = z.ZodType,
  Value = unknown,
> {
  /** As the file spells it. */
  readonly key: Key;
  /** What editors and docs/configuration.md say of it. */
  readonly description: string;
  schema(words: ConditionWords): Schema;
  /** The kind of thing that its value names, or each item of it; absent: it names nothing that the file defines. */
  readonly names?: 'posture' | 'network' | 'provider' | 'service';
  /** What is said where the key, or `inner` of it, stands in a rule of the effect that does not have it. `meant` is the inner key to write there. */
  readonly misplaced?: { readonly inner?: string; readonly meant?: string; readonly help: string };
  /** @param path where the value stands */
  compile(settings: z.output<Schema>, context: RuleContext, path: readonly (string | number)[]): Value;
  /** Builds what is asked on each request. Asked of equal values, it answers the same where many rules share them. */
  conditionOf(value: Value, effect: RuleResult['effect']): Condition;
  /**
   * `person`: who somebody is settles it. `situation`: it also takes a device, a place, a proof, a time. `request`: it only
   * narrows what may be asked for.
   */
  readonly speaksOf: 'person' | 'situation' | 'request';
  /** True for what only a person can have: a service is known to have none of it. */
  readonly isOfPeople: boolean;
  /** True when a grant with it is not one for everyone who can sign in. */
  readonly saysWho: boolean;
  /** The claims that it reads: a record of a decision holds no others. */
  claimsRead?(value: Value): readonly string[];
  /** The groups that it names: what an app is told of somebody's groups, unless its route says otherwise. */
  groupsNamed?(value: Value): readonly string[];
  /** The posture that is judged for it. */
  postureRead?(value: Value): string;
  /** The same where nobody has made the request: it must not come out as a hit or a miss by facts that nobody knows. Absent: there is nothing of the kind in it. */
  withoutRequest?(value: Value): Value;
  /** True where what is given says that there is none of it, so that it stays unknown whatever else turns out. */
  isSettledBy?(given: GivenFacts): boolean;
  /** Whoever and whatever meets `own` meets `wanted`: false where that is not certain, or nothing is asked. Absent: only the same is. */
  isNoWider?(own: Value | undefined, wanted: Value): boolean;
  /** How two values of the file are compared: items of a list, any of which will do, or one text. Absent: only equal ones compare. */
  readonly comparedAs?: 'list' | 'text';
  /** What it asks for that none of `before` asked for, in words. Absent: who it asks for is told by name. */
  demands?(value: Value, before: readonly Value[]): readonly string[];
  situations?(value: Value, nowMs: number): Situations;
  /** Somebody of whom it holds, by a change that goes with any other. */
  sample?(value: Value, from: SampleDraft): SampleDraft;
  /** Those of whom it holds, each apart. */
  sampleEach?(value: Value): readonly SampleChoice[];
  /** The answer of a denial that closes with it. Absent: `explicit_deny`. */
  closingAnswer?(value: Value, facts: Facts): Pick<Deny, 'checks'> & { readonly reason: Deny['reason'] };
  /** The facts that it read, with values, sources and ages. `isMet`: whether it held. `value`: where it is at hand. */
  factsRead(
    facts: Facts,
    asked: { readonly value: Value | undefined; readonly isMet: boolean },
    wording: Wording,
  ): readonly string[];
}

/** A key that grants have. */
export interface GrantConditionDescriptor<
  Key extends string = string,
  Schema extends z.ZodType = z.ZodType,
  Value = unknown,
> extends ConditionDescriptor<Key, Schema, Value> {
  /** Why a grant stays shut that has nothing worse against it. */
  readonly obstacle: Deny['reason'];
  /** The same where it takes what the grant and its segment ask for to tell. */
  obstacleBy?(values: readonly Value[], facts: Facts): Deny['reason'] | undefined;
  /** What is told beside that reason, and in its place. */
  obstacleDetails?(values: readonly Value[], facts: Facts): Obstacle | undefined;
  /** What would have to be otherwise for a yes, with values. `undefined`: the grant says nothing of its own. */
  wanted(value: Value | undefined, facts: Facts, absent: Absent, wording: Wording): string;
  /** What somebody still has to bring, in a word or two. Absent: the key. */
  need?(value: Value | undefined): string;
  /** What the denial page says was missing, where the route discloses requirements. */
  readonly lacking: Readonly<Record<'english' | 'german', string>>;
}

/** Gives a descriptor the types of its own schema and value. */
export function describeCondition<const Key extends string, Schema extends z.ZodType, Value>(
  descriptor: ConditionDescriptor<Key, Schema, Value>,
): ConditionDescriptor<Key, Schema, Value> {
  return descriptor;
}

/** The same for a key that grants have. */
export function describeGrantCondition<const Key extends string, Schema extends z.ZodType, Value>(
  descriptor: GrantConditionDescriptor<Key, Schema, Value>,
): GrantConditionDescriptor<Key, Schema, Value> {
  return descriptor;
}
