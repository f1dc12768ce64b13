import { monotonicFactory } from 'ulid';

declare const decisionIdBrand: unique symbol;

/**
 * Names one decision everywhere: header, page, problem body, audit event and `explain`.
 * `dec_` and a ULID, so that its time finds the audit file that holds it.
 */
export type DecisionId = string & { readonly [decisionIdBrand]: true };

const shape = /^dec_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Makes decision ids. One generator serves a process; ids of one generator sort by time. */
export type DecisionIdGenerator = (nowMs: number) => DecisionId;

/**
 * Builds a generator.
 * @param random numbers in [0, 1); pass a cryptographic source, since an id is shown to people and must not be guessable.
 */
export function createDecisionIdGenerator(random: () => number): DecisionIdGenerator {
  const nextUlid = monotonicFactory(random);
  return (nowMs) => `dec_${nextUlid(nowMs)}` as DecisionId;
}

/** Reads an id that came from outside; `undefined` when it is not one. */
export function parseDecisionId(text: string): DecisionId | undefined {
  return shape.test(text) ? (text as DecisionId) : undefined;
}
