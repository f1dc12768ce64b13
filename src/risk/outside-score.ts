import { z } from 'zod';
import { Fault } from '../decision/fault.ts';

/** A score that another system has set for a person. */
export interface OutsideScore {
  /** 0-100. */
  readonly score: number;
  readonly setAtMs: number;
  readonly expiresAtMs: number;
  /** Which system, or who. */
  readonly source: string;
  /** For the analyst. */
  readonly reason: string;
}

const stored = z.object({
  score: z.number().min(0).max(100),
  setAtMs: z.number(),
  expiresAtMs: z.number(),
  source: z.string(),
  reason: z.string(),
});

/** Reads a score from the store. A broken one is a fault, never a score of nothing. */
export function parseOutsideScore(json: string): OutsideScore {
  try {
    return stored.parse(JSON.parse(json));
  } catch (cause) {
    throw new Fault(
      'state_corrupt',
      'A score that was set for a person could not be read from the store. Set it again.',
      {
        cause,
      },
    );
  }
}
