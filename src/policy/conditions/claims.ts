import type { Verdict } from '../../decision/decision.ts';
import type { Condition } from '../condition.ts';
import type { ClaimValue, Facts } from '../facts.ts';
import { findClaim } from '../find-claim.ts';
import type { ClaimRequirement } from '../rule.ts';

/**
 * Every named claim has one of its values, compared exactly and by type. A claim that is a list is met by any of its
 * items; an empty list misses. One that is absent is unknown, not empty (security-rules.md 14), as is every claim of a person
 * whose provider sent none, and one whose value has another type than all that are named: a provider that says "true" for
 * true has not said no.
 */
export function claimsCondition(requirements: readonly ClaimRequirement[]): Condition {
  return { key: 'claims', check: (facts) => verdictOf(requirements, facts) };
}

function verdictOf(requirements: readonly ClaimRequirement[], { person }: Facts): Verdict {
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
