import type { Facts } from '../../decision/facts.ts';
import { failed, lessSure, type Outcome, Undetermined, type Value } from './outcome.ts';
import type { StepMeter } from './step-meter.ts';

/** One evaluation. */
export interface Run {
  readonly facts: Facts;
  readonly meter: StepMeter;
  /** The item of the loop that runs; loops never stand in each other. */
  item: Value;
}

/** A part of an expression, compiled. */
export type Step = (run: Run) => Outcome;

const noTruth = failed('Something that is neither true nor false was asked whether it holds.');

/** True, false, or why it is neither. */
export function asTruth(outcome: Outcome): boolean | Undetermined {
  return typeof outcome === 'boolean' || outcome instanceof Undetermined ? outcome : noTruth;
}

/** "or" (`settles` is true) and "and" (false): what settles it does so from either side, whatever the other is. */
export function joined(
  settles: boolean,
  one: boolean | Undetermined,
  other: boolean | Undetermined,
): boolean | Undetermined {
  if (one === settles || other === settles) return settles;
  if (one instanceof Undetermined) return other instanceof Undetermined ? lessSure(one, other) : one;
  return other;
}
