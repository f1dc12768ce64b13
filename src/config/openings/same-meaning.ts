import { isWithin } from '../../policy/is-within.ts';

/** Where something stands says nothing about what it means. */
const places: ReadonlySet<string> = new Set(['at', 'index']);

/**
 * Whether two parts of compiled configurations say the same, wherever they stand in their files. What is compiled to
 * functions (patterns, hours, networks, expressions) is compared by the text that it was made of; functions without one
 * are never the same, so that what cannot be told counts as a difference.
 */
export function isSameMeaning(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (Array.isArray(one)) return isSameList(one, Array.isArray(other) ? other : []);
  if (one instanceof Set) return other instanceof Set && one.size === other.size && isWithin(one, other);
  if (one instanceof Map) return other instanceof Map && isSameMap(one, other);
  if (one instanceof URL) return other instanceof URL && one.href === other.href;
  if (Buffer.isBuffer(one)) return Buffer.isBuffer(other) && one.equals(other);
  return isSameRecord(one, other);
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, index) => isSameMeaning(value, other[index]));
}

function isSameMap(one: ReadonlyMap<unknown, unknown>, other: ReadonlyMap<unknown, unknown>): boolean {
  if (one.size !== other.size) return false;
  for (const [key, value] of one) if (!other.has(key) || !isSameMeaning(value, other.get(key))) return false;
  return true;
}

function isSameRecord(one: object, other: object): boolean {
  let hasFunction = false;
  let hasText = false;
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    if (places.has(key)) continue;
    const [value, with_]: readonly unknown[] = [Reflect.get(one, key), Reflect.get(other, key)];
    if (typeof value === 'function' && typeof with_ === 'function') {
      hasFunction = true;
      continue;
    }
    if (key === 'source' || key === 'ranges') hasText = value !== undefined;
    if (!isSameMeaning(value, with_)) return false;
  }
  return hasText || !hasFunction;
}
