/**
 * How far in front of a line, in bytes of its file, the line with its facts may begin. They are written once more beyond
 * it, so that whoever looks at one line of a large file has to read no more than this.
 */
export const furthestFactsBytes = 8 * 1024 * 1024;

/** The facts that a line at the end of a file may point to. */
export interface FactsWindow<Value> {
  /** @param at the byte of the file where the line that holds them begins */
  note(id: string, at: number, value: Value): void;
  /** What stands near enough in front of a line that begins at `at`. */
  find(id: string, at: number): Value | undefined;
  /** For another file, which holds none of them. */
  clear(): void;
}

/** Remembers no more than what stands within the distance: that bounds it. */
export function createFactsWindow<Value>(): FactsWindow<Value> {
  const standing = new Map<string, { readonly at: number; readonly value: Value }>();
  return {
    note(id, at, value) {
      standing.delete(id);
      standing.set(id, { at, value });
      for (const [oldest, { at: from }] of standing) {
        if (at - from <= furthestFactsBytes) return;
        standing.delete(oldest);
      }
    },
    find(id, at) {
      const found = standing.get(id);
      return found !== undefined && at - found.at <= furthestFactsBytes ? found.value : undefined;
    },
    clear: () => standing.clear(),
  };
}
