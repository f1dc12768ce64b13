/** Where the facts stand that a file holds, for the lines that are to point to them. */
export interface StandingFacts {
  /** @param at the byte of the file where the line that holds them begins */
  note(id: string, at: number): void;
  /** Where that line begins; `undefined` when none is known that holds them. */
  find(id: string): number | undefined;
  /** For another file, which holds none of them. */
  clear(): void;
}

/** Enough for 100,000 sessions in use: of more, the facts that were written longest ago are written again. */
const mostStanding = 131_072;

/** Remembers where facts stand, some 60 bytes for each. */
export function createStandingFacts(most = mostStanding): StandingFacts {
  const standing = new Map<string, number>();
  return {
    note(id, at) {
      standing.delete(id);
      standing.set(id, at);
      for (const [oldest] of standing) {
        if (standing.size <= most) return;
        standing.delete(oldest);
      }
    },
    find: (id) => standing.get(id),
    clear: () => standing.clear(),
  };
}
