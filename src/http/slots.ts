/**
 * Things that come and go with every request, in no order. A `Set` of them costs a quarter of all CPU time under load:
 * whenever it grows a new table the old one points to the new one, so once an old one is among the collector's old
 * objects, every request that ever stood in any of them waits for the next full collection. Here a slot is emptied and
 * used again.
 */
export interface Slots<Thing> extends Iterable<Thing> {
  /** Answers the slot that it has until it leaves. */
  enter(thing: Thing): number;
  /** Empties the slot if it still has this one; answers whether it did. */
  leave(slot: number, thing: Thing): boolean;
  count(): number;
}

/** Builds an empty row of slots. It stays as long as the most things that were ever in it at once. */
export function createSlots<Thing>(): Slots<Thing> {
  const things: (Thing | undefined)[] = [];
  const free: number[] = [];
  return {
    enter(thing) {
      const slot = free.pop() ?? things.length;
      things[slot] = thing;
      return slot;
    },
    leave(slot, thing) {
      if (things[slot] !== thing) return false;
      things[slot] = undefined;
      free.push(slot);
      return true;
    },
    count: () => things.length - free.length,
    *[Symbol.iterator]() {
      for (const thing of things) if (thing !== undefined) yield thing;
    },
  };
}
