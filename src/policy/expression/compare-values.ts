import { failed, isList, isMap, type Outcome, TimeSpan, Undetermined, type Value, type ValueList } from './outcome.ts';
import { type StepMeter, textSteps } from './step-meter.ts';

const otherType = failed('Two values of different types were compared.');
const wholeObjects = failed('Two objects were compared as a whole.');
const noNumber = failed('Something was compared with what is not a number.');

/**
 * Whether two values are the same. Values of different types are neither equal nor different: that a claim says "true"
 * where a rule asks for true must not let a denial go by (security-rules.md 14). Numbers are compared as numbers; objects are not
 * compared as a whole. Takes no more steps than the smaller value has parts.
 */
export function equalValues(one: Value, other: Value, meter: StepMeter): boolean | Undetermined {
  meter.charge(1);
  if (typeof one === 'number' || typeof one === 'bigint') {
    if (typeof other !== 'number' && typeof other !== 'bigint') return otherType;
    // biome-ignore lint/suspicious/noDoubleEquals: an int and a double are equal when they are the same number.
    return isNoNumber(one) || isNoNumber(other) ? noNumber : one == other;
  }
  if (typeof one === 'string') {
    if (typeof other !== 'string') return otherType;
    if (one.length !== other.length) return false;
    meter.charge(textSteps(one.length));
    return one === other;
  }
  if (typeof one === 'boolean' || one === null)
    return typeof one === typeof other && (one === null) === (other === null) ? one === other : otherType;
  if (one instanceof Date) return other instanceof Date ? one.getTime() === other.getTime() : otherType;
  if (one instanceof TimeSpan) return other instanceof TimeSpan ? one.nanos === other.nanos : otherType;
  if (isList(one)) return isList(other) ? equalLists(one, other, meter) : otherType;
  return isMap(other) ? wholeObjects : otherType;
}

/** An item that differs settles it, whatever the others. */
function equalLists(one: ValueList, other: ValueList, meter: StepMeter): boolean | Undetermined {
  if (one.length !== other.length) return false;
  let verdict: boolean | Undetermined = true;
  for (let index = 0; index < one.length; index += 1) {
    const same = equalValues(one[index] ?? null, other[index] ?? null, meter);
    if (same === false) return false;
    if (same instanceof Undetermined) verdict = same;
  }
  return verdict;
}

/** Whether a list has a value: one that is equal settles it; one of another type leaves it open. */
export function hasItem(list: ValueList, value: Value, meter: StepMeter): boolean | Undetermined {
  let verdict: boolean | Undetermined = false;
  for (const item of list) {
    const same = equalValues(item, value, meter);
    if (same === true) return true;
    if (same instanceof Undetermined) verdict = same;
  }
  return verdict;
}

/** How two values stand to each other: negative, 0 or positive. Only values of one type have an order, and numbers. */
export function orderOf(one: Value, other: Value, meter: StepMeter): number | Undetermined {
  if (typeof one === 'string' && typeof other === 'string') {
    meter.charge(textSteps(Math.min(one.length, other.length)));
    return signOf(one, other);
  }
  if (isNumber(one) && isNumber(other)) return isNoNumber(one) || isNoNumber(other) ? noNumber : signOf(one, other);
  if (typeof one === 'boolean' && typeof other === 'boolean') return signOf(one, other);
  if (one instanceof Date && other instanceof Date) return signOf(one.getTime(), other.getTime());
  if (one instanceof TimeSpan && other instanceof TimeSpan) return signOf(one.nanos, other.nanos);
  return otherType;
}

function signOf<Ordered extends string | number | bigint | boolean>(one: Ordered, other: Ordered): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function isNumber(value: Outcome): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function isNoNumber(value: number | bigint): boolean {
  return typeof value === 'number' && Number.isNaN(value);
}
