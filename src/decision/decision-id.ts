import { decodeTime, monotonicFactory } from 'ulid';

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

/** One decision by its whole id, or all whose ids begin in the same way, with the time that such ids are of. */
export interface DecisionIdRange {
  /** What the ids begin with; a whole id, where `isWhole`. */
  readonly prefix: string;
  readonly isWhole: boolean;
  readonly fromMs: number;
  readonly toMs: number;
}

const timeLength = 10;
/** Ids that begin in the same six characters are at most 17 minutes apart. */
const partShape = /^dec_[0-7][0-9A-HJKMNP-TV-Z]{5,25}$/;

/** Reads a decision id, or the first six characters of one or more; `undefined` when it is neither. Case does not matter. */
export function parseDecisionIdRange(text: string): DecisionIdRange | undefined {
  const prefix = `dec_${text.replace(/^dec_/i, '').toUpperCase()}`;
  if (!partShape.test(prefix)) return undefined;
  const time = prefix.slice('dec_'.length, 'dec_'.length + timeLength);
  const random = '0'.repeat(16);
  return {
    prefix,
    isWhole: shape.test(prefix),
    fromMs: decodeTime(time.padEnd(timeLength, '0') + random),
    toMs: decodeTime(time.padEnd(timeLength, 'Z') + random),
  };
}
