import type { Verdict } from '../../decision/decision.ts';
import type { Condition } from '../condition.ts';
import type { ClaimValue, Facts } from '../facts.ts';
import { findClaim } from '../find-claim.ts';
import type { ClaimRequirement } from '../rule.ts';

/**
 * Every named claim has one of its values, compared exactly and by type. A claim that is a list is met by any of its
 * items; an empty list misses. One that is absent is unknown, not empty (SECURITY.md 14), as is every claim of a person
 * whose provider sent none.
 */
export function claimsCondition(requirements: readonly ClaimRequirement[]): Condition {
  return { key: 'claims', check: (facts) => verdictOf(requirements, facts) };
}

function verdictOf(requirements: readonly ClaimRequirement[], { person }: Facts): Verdict {
  if (person?.claims === undefined) return 'unknown';
  let verdict: Verdict = 'hit';
  for (const { claim, values } of requirements) {
    const found = findClaim(person.claims, claim);
    if (found === undefined) verdict = 'unknown';
    else if (!isOneOf(found.value, values)) return 'miss';
  }
  return verdict;
}

function isOneOf(value: ClaimValue, values: ClaimRequirement['values']): boolean {
  if (Array.isArray(value)) return value.some((item) => isScalar(item) && values.has(item));
  return isScalar(value) && values.has(value);
}

function isScalar(value: ClaimValue): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
