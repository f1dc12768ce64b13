/**
 * Freezes a value and all that it holds. Maps, sets, buffers and URLs cannot be frozen themselves; functions and class
 * instances are left alone, since freezing what they hold inside would break them.
 */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) {
    for (const item of value) deepFreeze(item);
    return Object.freeze(value);
  }
  if (value instanceof Map) {
    for (const item of value.values()) deepFreeze(item);
    return value;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  // Plain objects alone come here, so nothing is inherited; asking for the keys makes no list of the values.
  for (const key in value) deepFreeze(value[key]);
  return Object.freeze(value);
}
