import type { ProblemCode } from '../problem.ts';

/** What reading one value came to. A refusal speaks about the value without holding it, since it may be a secret's. */
export type Parsed<Value> = { readonly ok: true; readonly value: Value } | Refusal;

export interface Refusal {
  readonly ok: false;
  readonly code: ProblemCode;
  /** Completes a sentence that begins with the value: `"24 hours" is not a duration`. */
  readonly says: string;
  readonly help: string | undefined;
  /** The part of the value that it is about, in UTF-16 units; absent: all of it. */
  readonly within?: { readonly start: number; readonly end: number };
}

export function accept<Value>(value: Value): Parsed<Value> {
  return { ok: true, value };
}

export function refuse(code: ProblemCode, says: string, help?: string): Refusal {
  return { ok: false, code, says, help };
}
