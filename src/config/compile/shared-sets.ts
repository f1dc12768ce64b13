/**
 * Hands out one set for equal lists: of a hundred thousand rules, most name the same few methods and groups. Fewer sets
 * are less memory, and what many routes share stays in the processor's cache.
 */
export function createSharedSets(): (values: readonly string[] | undefined) => ReadonlySet<string> | undefined {
  const known = new Map<string, ReadonlySet<string>>();
  return (values) => {
    if (values === undefined) return undefined;
    const key = values.length === 1 ? (values[0] ?? '') : values.join('\u0000');
    const set = known.get(key) ?? new Set(values);
    known.set(key, set);
    return set;
  };
}
