import type { ASTNode } from '@marcbachmann/cel-js';
import { equalValues, hasItem, orderOf } from './compare-values.ts';
import { asInt } from './expression-functions.ts';
import { failed, isList, isMap, type Outcome, TimeSpan, Undetermined, type Value } from './outcome.ts';
import { type StepMeter, textSteps } from './step-meter.ts';

type Operate = (one: Value, other: Value, meter: StepMeter) => Outcome;
type BinaryName = '==' | '!=' | 'in' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%';
type Operator = (operands: readonly [ASTNode, ASTNode]) => Operate;

const wrongType = failed('Two values of types that do not go together were combined.');
const byZero = failed('Something was divided by zero.');

/** The operators, each made for the two operands that it stands between. */
export const binaryOperators: Readonly<Record<BinaryName, Operator>> = {
  '==': equality(true),
  '!=': equality(false),
  in: () => (one, other, meter) => {
    if (isList(other)) return hasItem(other, one, meter);
    if (!isMap(other) || typeof one !== 'string') return wrongType;
    return Object.hasOwn(other, one);
  },
  '<': order((sign) => sign < 0),
  '<=': order((sign) => sign <= 0),
  '>': order((sign) => sign > 0),
  '>=': order((sign) => sign >= 0),
  '+': () => add,
  '-': () => subtract,
  '*': () =>
    arithmetic(
      (one, other) => one * other,
      (one, other) => one * other,
    ),
  '/': () =>
    arithmetic(
      (one, other) => (other === 0n ? undefined : one / other),
      (one, other) => one / other,
    ),
  '%': () => arithmetic((one, other) => (other === 0n ? undefined : one % other)),
};

/** A comparison with a written `null` asks whether there is a value, of whatever type. */
function equality(isEqual: boolean): Operator {
  return ([left, right]) => {
    const asksForNull = isNull(left) || isNull(right);
    return (one, other, meter) => {
      if (asksForNull) return (one === null && other === null) === isEqual;
      const same = equalValues(one, other, meter);
      return same instanceof Undetermined ? same : same === isEqual;
    };
  };
}

function isNull(node: ASTNode): boolean {
  return node.op === 'value' && node.args === null;
}

function order(holds: (sign: number) => boolean): Operator {
  return () => (one, other, meter) => {
    const sign = orderOf(one, other, meter);
    return sign instanceof Undetermined ? sign : holds(sign);
  };
}

function add(one: Value, other: Value, meter: StepMeter): Outcome {
  if (typeof one === 'string' && typeof other === 'string') {
    meter.charge(textSteps(one.length + other.length));
    return one + other;
  }
  if (isList(one) && isList(other)) {
    meter.charge(one.length + other.length);
    return [...one, ...other];
  }
  if (one instanceof TimeSpan && other instanceof TimeSpan) return new TimeSpan(one.nanos + other.nanos);
  if (one instanceof Date && other instanceof TimeSpan) return later(one, other.nanos);
  if (one instanceof TimeSpan && other instanceof Date) return later(other, one.nanos);
  return sum(one, other);
}

const sum = arithmetic(
  (one, other) => one + other,
  (one, other) => one + other,
);
const difference = arithmetic(
  (one, other) => one - other,
  (one, other) => one - other,
);

function subtract(one: Value, other: Value): Outcome {
  if (one instanceof TimeSpan && other instanceof TimeSpan) return new TimeSpan(one.nanos - other.nanos);
  if (one instanceof Date && other instanceof TimeSpan) return later(one, -other.nanos);
  if (one instanceof Date && other instanceof Date) return TimeSpan.ofMs(one.getTime() - other.getTime());
  return difference(one, other);
}

function later(time: Date, nanos: bigint): Outcome {
  const moved = new Date(time.getTime() + Number(nanos / 1_000_000n));
  return Number.isNaN(moved.getTime()) ? failed('A time is out of range.') : moved;
}

/** CEL does not mix whole numbers and doubles in one operation. */
function arithmetic(
  ofInts: (one: bigint, other: bigint) => bigint | undefined,
  ofDoubles?: (one: number, other: number) => number,
): (one: Value, other: Value) => Outcome {
  return (one, other) => {
    if (typeof one === 'number' && typeof other === 'number' && ofDoubles !== undefined) return ofDoubles(one, other);
    if (typeof one !== 'bigint' || typeof other !== 'bigint') return wrongType;
    const result = ofInts(one, other);
    return result === undefined ? byZero : asInt(result);
  };
}
