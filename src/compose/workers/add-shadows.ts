import type { ShadowStatus } from '../../preview/shadow.ts';

/** What the shadows of several workers have seen together; `undefined` when none has one. */
export function addShadows(all: readonly ShadowStatus[]): ShadowStatus | undefined {
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  return others.reduce(
    (sum, one) => ({
      file: sum.file,
      hash: sum.hash,
      sinceMs: Math.min(sum.sinceMs, one.sinceMs),
      compared: sum.compared + one.compared,
      changes: {
        newly_denied: sum.changes.newly_denied + one.changes.newly_denied,
        newly_allowed: sum.changes.newly_allowed + one.changes.newly_allowed,
        newly_step_up: sum.changes.newly_step_up + one.changes.newly_step_up,
        not_comparable: sum.changes.not_comparable + one.changes.not_comparable,
      },
    }),
    first,
  );
}
