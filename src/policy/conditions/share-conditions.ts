import type { Condition } from '../condition.ts';

/** One condition for one set, of whatever rules: what thousands of rules share stays in the processor's cache. */
export function shared<Value extends object>(make: (value: Value) => Condition): (value: Value) => Condition {
  const known = new WeakMap<Value, Condition>();
  return (value) => {
    const condition = known.get(value) ?? make(value);
    known.set(value, condition);
    return condition;
  };
}

const mostTexts = 10_000;

/** The same for what a text tells apart. */
export function sharedByText<Value>(
  textOf: (value: Value) => string,
  make: (value: Value) => Condition,
): (value: Value) => Condition {
  const known = new Map<string, Condition>();
  return (value) => {
    const text = textOf(value);
    const condition = known.get(text) ?? make(value);
    if (known.size < mostTexts) known.set(text, condition);
    return condition;
  };
}
