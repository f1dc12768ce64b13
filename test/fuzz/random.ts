/** Numbers that look random and are the same for the same seed, so that whatever is found can be run again. */
export interface Random {
  /** From 0 up to, not with, `below`. */
  number(below: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  /** So many lower-case hexadecimal digits. */
  digits(count: number): string;
}

/** Mulberry32: 32 bits of state, enough to choose bytes with. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function fraction(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const number = (below: number) => Math.floor(fraction() * below);
  return {
    number,
    chance: (probability) => fraction() < probability,
    pick: (items) => items[number(items.length)] ?? items[0],
    digits: (count) => Array.from({ length: count }, () => number(16).toString(16)).join(''),
  };
}
