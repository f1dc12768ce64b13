/** A condition took more steps than any may. It fails by it. */
export class TooManySteps extends Error {
  constructor() {
    super('The condition took more steps than one may: what it was asked about is larger than anything expected.');
    this.name = 'TooManySteps';
  }
}

/**
 * What evaluating one condition may take, in steps of some tens of nanoseconds. A condition that could take more is refused
 * as the file is read; whatever comes, evaluation ends here.
 */
export const stepBudget = 400_000;

/** Counts the steps of one evaluation. Every part of an expression costs a step, and whatever is long costs by its length. */
export class StepMeter {
  readonly #budget: number;
  used = 0;

  constructor(budget = stepBudget) {
    this.#budget = budget;
  }

  /** Throws `TooManySteps` past the budget. */
  charge(steps: number): void {
    this.used += steps;
    if (this.used > this.#budget) throw new TooManySteps();
  }
}

/** The steps that reading or making a text of this length takes. */
export function textSteps(length: number): number {
  return Math.floor(length / 16);
}
