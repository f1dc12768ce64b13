import type { Signal } from '../signal.ts';

/**
 * Another system has set a score for the person. No proof answers it: that system knows what would.
 *
 * Formula: `weight × score ÷ 100` until it expires or is cleared; then it is gone at once.
 */
export const outsideScore: Signal = {
  name: 'outside_score',
  family: 'outside',
  answeredBy: 'nothing',
  read: ({ outside }, nowMs) => {
    if (outside === undefined || nowMs >= outside.expiresAtMs) return undefined;
    const { score, setAtMs, source, reason } = outside;
    return {
      strength: score / 100,
      sinceMs: setAtMs,
      endedAtMs: undefined,
      detail: () => `score ${score} set by ${source}: ${reason}`,
    };
  },
};
