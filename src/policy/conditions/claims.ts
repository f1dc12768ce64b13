import * as z from 'zod';
import type { Verdict } from '../../decision/decision.ts';
import type { ClaimValue, PersonFacts } from '../../decision/facts.ts';
import { type Condition, conditionOfPerson } from '../condition.ts';
import { findClaim } from '../find-claim.ts';
import { isWithin } from '../is-within.ts';
import type { ClaimRequirement } from '../rule-values.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import type { ConditionWords } from './condition-words.ts';
import { claimWords } from './fact-words.ts';
import { sampledAs } from './sample-draft.ts';

/**
 * Every named claim has one of its values, compared exactly and by type. A claim that is a list is met by any of its
 * items; an empty list misses. One that is absent is unknown, not empty (security-rules.md 14), as is every claim of a person
 * whose provider sent none, and one whose value has another type than all that are named: a provider that says "true" for
 * true has not said no.
 */
export function claimsCondition(requirements: readonly ClaimRequirement[]): Condition {
  return conditionOfPerson('claims', (person) => verdictOf(requirements, person));
}

function verdictOf(requirements: readonly ClaimRequirement[], person: PersonFacts | undefined): Verdict {
  if (person?.claims === undefined) return 'unknown';
  let verdict: Verdict = 'hit';
  for (const { claim, values } of requirements) {
    const found = findClaim(person.claims, claim);
    const one = found === undefined ? 'unknown' : compared(found.value, values);
    if (one === 'miss') return 'miss';
    if (one === 'unknown') verdict = 'unknown';
  }
  return verdict;
}

function compared(value: ClaimValue, values: ClaimRequirement['values']): Verdict {
  let verdict: Verdict = 'miss';
  for (const item of Array.isArray(value) ? value : [value]) {
    if (isScalar(item) && values.has(item)) return 'hit';
    if (!hasTypeOf(item, values)) verdict = 'unknown';
  }
  return verdict;
}

function hasTypeOf(value: ClaimValue, values: ClaimRequirement['values']): boolean {
  for (const one of values) if (typeof one === typeof value) return true;
  return false;
}

function isScalar(value: ClaimValue): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

const scalar = ({ line }: ConditionWords) => [line(512, 'payroll'), z.number(), z.boolean()] as const;

/** `claims`: for each claim, the values of which any one will do. */
export const claims = describeGrantCondition({
  key: 'claims',
  description:
    'Every one of these claims has the value, or one of the values. A dot leads into an object; a claim that is a list is met by any of its items. One that is absent is unknown.',
  schema: (words) =>
    z.record(words.line(256, 'department'), z.union([...scalar(words), z.array(z.union(scalar(words))).min(1)])),
  compile: (settings): readonly ClaimRequirement[] =>
    Object.entries(settings).map(([claim, values]) => ({
      claim,
      values: new Set(Array.isArray(values) ? values : [values]),
    })),
  conditionOf: claimsCondition,
  speaksOf: 'person',
  isOfPeople: true,
  saysWho: true,
  claimsRead: (requirements) => requirements.map(({ claim }) => claim),
  isSettledBy: ({ claims: given }) => given !== undefined && Object.keys(given).length === 0,
  isNoWider: (own, wanted) => wanted.every((one) => isAsked(own, one)),
  demands: (requirements, before) =>
    requirements
      .filter((one) => !before.some((own) => isAsked(own, one)))
      .map(({ claim, values }) => `claim ${claim} = ${[...values].join(' or ')}`),
  sample: (requirements, from) =>
    requirements.reduce((draft, { claim, values: [value] }) => {
      if (value === undefined) return draft;
      return sampledAs(draft, `with ${claim} ${String(value)}`, { claims: { ...draft.claims, [claim]: value } });
    }, from),
  factsRead: (facts, _asked, wording) => [claimWords(facts, wording)],
  obstacle: 'not_in_required_group',
  wanted: (requirements) =>
    (requirements ?? []).map(({ claim, values }) => `claim ${claim} = ${[...values].join(' or ')}`).join(', '),
  lacking: { english: 'An account with the right attributes', german: 'Ein Konto mit den passenden Eigenschaften' },
});

function isAsked(own: readonly ClaimRequirement[] | undefined, { claim, values }: ClaimRequirement): boolean {
  return own?.some((one) => one.claim === claim && isWithin(one.values, values)) === true;
}
