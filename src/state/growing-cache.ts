import { LRUCache } from 'lru-cache';

/**
 * A cache that remembers at most so many entries; the one that was used longest ago goes first. By `max` the library would
 * take room for all of them at once, 0.5 to 1 MB for each cache of tens of thousands, in every process; by `maxSize` it grows.
 */
export function createGrowingCache<Key extends string, Value extends {}>(
  most: number,
  options: Pick<LRUCache.Options<Key, Value, unknown>, 'dispose' | 'noDisposeOnSet'> = {},
): LRUCache<Key, Value> {
  return new LRUCache<Key, Value>({ ...options, maxSize: most, sizeCalculation: () => 1 });
}
