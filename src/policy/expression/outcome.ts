/** A span of time, exact. What CEL calls a Duration. */
export class TimeSpan {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  static ofMs(ms: number): TimeSpan {
    return new TimeSpan(BigInt(Math.trunc(ms)) * 1_000_000n);
  }
}

export type ValueList = readonly Value[];
export type ValueMap = { readonly [key: string]: Value };

/** A value of an expression: `bigint` is CEL's int, `number` its double; numbers of claims are doubles. */
export type Value = string | number | bigint | boolean | null | Date | TimeSpan | ValueList | ValueMap;

/**
 * No value: a fact that is not known, or something that cannot be worked out (an absent claim, a value of another type,
 * a division by zero). Neither true nor false (security-rules.md 14).
 */
export class Undetermined {
  readonly kind: 'unknown' | 'failed';
  /** Why it failed, without any value of the facts. */
  readonly why: string;

  constructor(kind: Undetermined['kind'], why: string) {
    this.kind = kind;
    this.why = why;
    Object.freeze(this);
  }
}

export type Outcome = Value | Undetermined;

/** The one object of a fact that is not known. */
export const unknownFact = new Undetermined('unknown', 'A fact is not known.');

const failures = new Map<string, Undetermined>();

/** A failure; one object for each reason, of which there are as many as the code has. */
export function failed(why: string): Undetermined {
  const known = failures.get(why) ?? new Undetermined('failed', why);
  failures.set(why, known);
  return known;
}

/** Of two, the one to go on with: what depends on an unknown fact has not failed. */
export function lessSure(one: Undetermined, other: Undetermined): Undetermined {
  return one.kind === 'unknown' ? one : other;
}

export function isList(value: Outcome): value is ValueList {
  return Array.isArray(value);
}

export function isMap(value: Outcome): value is ValueMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof TimeSpan) &&
    !(value instanceof Undetermined)
  );
}
