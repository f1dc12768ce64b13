/** How often something happened in the last seconds. */
export interface RecentCount {
  note(): void;
  /** @param ageMs at most 10,000 */
  within(ageMs: number): number;
}

const keptMs = 10_000;

/** Builds a count that forgets after ten seconds; what happens in one millisecond takes one place. */
export function createRecentCount(monotonicMs: () => number): RecentCount {
  let moments: { readonly atMs: number; count: number }[] = [];
  return {
    note() {
      const atMs = Math.floor(monotonicMs());
      const last = moments.at(-1);
      if (last?.atMs === atMs) {
        last.count += 1;
        return;
      }
      if (last !== undefined && atMs - (moments[0]?.atMs ?? atMs) > keptMs) {
        moments = moments.filter((moment) => atMs - moment.atMs <= keptMs);
      }
      moments.push({ atMs, count: 1 });
    },
    within(ageMs) {
      const sinceMs = Math.floor(monotonicMs() - ageMs);
      return moments.reduce((sum, { atMs, count }) => (atMs >= sinceMs ? sum + count : sum), 0);
    },
  };
}
