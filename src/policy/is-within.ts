/** Everything of the one is in the other; nothing is, where there is no one. */
export function isWithin<Item>(part: ReadonlySet<Item> | undefined, whole: ReadonlySet<Item>): boolean {
  if (part === undefined) return false;
  for (const value of part) if (!whole.has(value)) return false;
  return true;
}
