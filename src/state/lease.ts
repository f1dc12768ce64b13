/** For how long what was read of the state may be used without another look. */
export const leaseMs = 250;

/**
 * How long ago this process last looked for changes, and whether a look that came too late has heard any. A process that
 * hung may have missed a revocation that was answered without it (docs/workers.md).
 */
export interface Lease {
  /** A look begins: before anything is read. One that fails counts too: who cannot hear decides that elsewhere, and not at each byte. */
  begin(): void;
  /** The look that runs hears of a change. */
  heard(): void;
  /** The look has succeeded. */
  end(): void;
  /** True when a look is needed before anything is passed on. */
  isOver(): boolean;
  /** True once after a late look, whoever's it was, that heard anything. */
  takeNews(): boolean;
}

export function createLease(monotonicNow: () => number): Lease {
  let beganMs = monotonicNow();
  /** A look came late, and has not succeeded yet. */
  let isLate = false;
  let hasNews = false;
  const isOld = () => monotonicNow() - beganMs >= leaseMs;
  return {
    begin() {
      if (isOld()) isLate = true;
      beganMs = monotonicNow();
    },
    heard() {
      if (isLate) hasNews = true;
    },
    end() {
      isLate = false;
    },
    isOver: () => isLate || isOld(),
    takeNews() {
      const had = hasNews;
      hasNews = false;
      return had;
    },
  };
}
