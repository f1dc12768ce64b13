import type { PostureRequirement } from '../config/snapshot.ts';
import type { FactValue } from './device-fact.ts';

/** What a fact says to a requirement; `unknown` when the two cannot be compared. */
export type Comparison = 'pass' | 'fail' | 'unknown';

const version = /^\d{1,15}(\.\d{1,15}){0,7}$/;

/** Compares number by number, so that 14.10 is newer than 14.9; missing numbers are 0. `undefined` unless both are versions. */
function compareVersions(one: string, other: string): number | undefined {
  if (!version.test(one) || !version.test(other)) return undefined;
  const left = one.split('.');
  const right = other.split('.');
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = Number(left[index] ?? 0) - Number(right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const date = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Compares days and moments (RFC 3339; a day is its first moment in UTC). `undefined` unless both are that, and exist. */
function compareDates(one: string, other: string): number | undefined {
  if (!date.test(one) || !date.test(other)) return undefined;
  const difference = momentOf(one) - momentOf(other);
  return Number.isNaN(difference) ? undefined : difference;
}

/** `Date.parse` takes the 31st of February for the 3rd of March. */
function momentOf(text: string): number {
  const day = text.slice(0, 10);
  const firstMs = Date.parse(day);
  if (Number.isNaN(firstMs) || new Date(firstMs).toISOString().slice(0, 10) !== day) return Number.NaN;
  return Date.parse(text);
}

const decimal = /^-?\d{1,15}(\.\d{1,15})?$/;

/** Less than, equal or greater as a number, by the fact's own type; `undefined` when there is no order between the two. */
function difference(fact: FactValue, value: string): number | undefined {
  switch (typeof fact) {
    case 'number':
      return decimal.test(value) ? fact - Number(value) : undefined;
    case 'string':
      return compareVersions(fact, value) ?? compareDates(fact, value);
    case 'boolean':
      return undefined;
  }
}

/** Equality for what has no order. A fact of another type than the value is neither equal nor unequal. */
function isEqual(fact: FactValue, value: string): boolean | undefined {
  switch (typeof fact) {
    case 'string':
      return fact === value;
    case 'boolean':
      return value === 'true' || value === 'false' ? String(fact) === value : undefined;
    case 'number':
      return undefined;
  }
}

function verdict(holds: boolean | undefined): Comparison {
  if (holds === undefined) return 'unknown';
  return holds ? 'pass' : 'fail';
}

/**
 * Holds a fact against a requirement, by type: a fact that must be true is the boolean `true`, never the text; numbers
 * compare as numbers, texts that are versions number by number (15.10 is newer than 15.9), dates as moments, other texts
 * only as equal or not.
 */
export function compareFact(fact: FactValue, { operator, value }: PostureRequirement): Comparison {
  if (operator === 'is_true') return verdict(typeof fact === 'boolean' ? fact : undefined);
  if (value === undefined) return 'unknown';
  const ordered = difference(fact, value);
  switch (operator) {
    case '==':
      return verdict(ordered === undefined ? isEqual(fact, value) : ordered === 0);
    case '!=': {
      const equal = ordered === undefined ? isEqual(fact, value) : ordered === 0;
      return verdict(equal === undefined ? undefined : !equal);
    }
    case '>=':
      return verdict(ordered === undefined ? undefined : ordered >= 0);
    case '>':
      return verdict(ordered === undefined ? undefined : ordered > 0);
    case '<=':
      return verdict(ordered === undefined ? undefined : ordered <= 0);
    case '<':
      return verdict(ordered === undefined ? undefined : ordered < 0);
  }
}
